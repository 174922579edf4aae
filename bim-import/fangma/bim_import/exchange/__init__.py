"""What the registry gives to other programs: COBie, IFC with our codes, XLSX, BCF."""
