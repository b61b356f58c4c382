"""ExportImage, DescribeExportImageTasks and CancelExportTask, which moto lacks, with real disks.

`preflight` refuses what the service refuses, `task` and `tasks` are what it knows of an export, `work`
builds the disk and puts it into S3, `disks` keeps a built disk for the image's next format,
`operations` answers the API, `tags` lets the tagging calls see the tasks.

To make an export fail after it was accepted, ask for a fault (see `faults`) of the EC2 operation
`ExportImageTask`: the task goes over deleting to deleted, with the fault's code and message as its
StatusMessage. A fault with a delay and no code makes it take that much longer.
"""

from . import operations, tags


def install() -> None:
    """Extends moto's EC2 and S3; once, before the server starts."""
    from .. import s3_extents

    s3_extents.install()
    operations.install()
    tags.install()
