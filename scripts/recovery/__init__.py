"""Recovering a GameDay with a clock running: what is wrong, mending it, and the proof that it is whole."""
