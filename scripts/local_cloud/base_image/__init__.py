"""The root file system of the one public image: Debian 12, as its cloud image is, built by mmdebstrap."""
