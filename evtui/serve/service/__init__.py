"""What a service shows to those who operate it: health, metrics, and the notices to systemd."""
