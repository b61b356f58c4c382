"""CreateTags, DeleteTags and DescribeTags on export tasks: moto knows neither their ids nor their type."""

from __future__ import annotations

import re
from typing import Any

import moto.ec2.models as ec2_models
from moto.ec2.models import EC2Backend
from moto.ec2.utils import EC2_PREFIX_TO_RESOURCE, EC2_RESOURCE_TO_PREFIX

from .tasks import Tasks

RESOURCE_TYPE = "export-image-task"
# moto takes what stands before the first dash for the prefix of an id.
PREFIX = "export"
TASK_ID = re.compile(r"export-ami-[0-9a-f]{17}")


def install() -> None:
    EC2_RESOURCE_TO_PREFIX[RESOURCE_TYPE] = PREFIX
    EC2_PREFIX_TO_RESOURCE[PREFIX] = RESOURCE_TYPE

    is_valid, do_exist = ec2_models.is_valid_resource_id, EC2Backend.do_resources_exist

    def is_valid_resource_id(resource_id: str) -> bool:
        return bool(TASK_ID.fullmatch(resource_id)) or is_valid(resource_id)

    def do_resources_exist(self: Any, resource_ids: list[str]) -> bool:
        own = [resource_id for resource_id in resource_ids if TASK_ID.fullmatch(resource_id)]
        for task_id in own:
            Tasks.of(self).get(task_id)
        return do_exist(self, [resource_id for resource_id in resource_ids if resource_id not in own])

    ec2_models.is_valid_resource_id = is_valid_resource_id
    EC2Backend.do_resources_exist = do_resources_exist
