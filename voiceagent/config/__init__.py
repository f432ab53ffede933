"""The only reader of the environment: settings in, frozen options of each part out."""
