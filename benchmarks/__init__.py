"""Benchmarks: what each thing costs, printed beside what it is compared with. Nothing here is asserted by a test."""
