"""Boots the exported VM images of a release in QEMU and checks what a user of them would meet.

`release` reads the record, `download` fetches the images, `machine` is a running QEMU, `login` is a person
at a terminal, `checks` are the promises of the image, `report` prints a line for each.
"""
