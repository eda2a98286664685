"""The clinic: rules compared on the same patients, in replications."""
