"""Local servers that speak the outside systems' interfaces from a folder of files, with faults on request."""
