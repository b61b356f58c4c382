"""How fast the tools are, beside others that do the same: `just bench`."""
