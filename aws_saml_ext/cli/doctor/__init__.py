"""The checks of `doctor`: of this machine, the settings, the network. They change nothing."""
