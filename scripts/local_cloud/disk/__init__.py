"""Bootable disks from directory trees, without loop devices, and their conversion to VM formats.

`layout` is where things lie on the disk, `guest` turns a container's tree into a machine's,
`boot_loader` installs GRUB into the tree and onto the disk, `build` puts a raw disk together (also
a program: `python -m local_cloud.disk`), `convert` writes VMDK, VHD or RAW from it with progress.
"""
