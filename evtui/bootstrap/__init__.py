"""The composition root: the only place that knows concrete classes, the clocks and the signals."""
