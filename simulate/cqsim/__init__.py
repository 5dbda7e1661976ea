"""System-dynamics scenarios for the Chongqing Metropolitan Area plan."""

__version__ = "0.1.0"
