"""Programs and worlds that the benchmarks run."""
