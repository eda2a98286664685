"""Calibration: from priors and targets to a joint posterior, in stages that can be kept and resumed."""
