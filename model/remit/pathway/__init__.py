"""What can happen to a patient: therapies, strategies and populations become one frozen Pathway."""
