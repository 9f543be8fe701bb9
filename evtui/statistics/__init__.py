"""What is measured of a backend over the last minutes: counters, queues and latencies in bounded rings."""
