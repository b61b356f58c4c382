"""The policies of the templates' roles: from a file each into the templates, and through a linter."""
