"""What is known, and how surely: units, distributions, parameters, evidence, sources, draws."""
