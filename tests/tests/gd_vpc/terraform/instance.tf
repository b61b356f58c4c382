# The way out by an instance, which is the bastion too.

import {
  to = aws_instance.nat
  id = var.ids.nat-instance
}

resource "aws_instance" "nat" {
  ami                    = data.aws_ami.debian.id
  instance_type          = "t3.micro"
  subnet_id              = aws_subnet.public.id
  key_name               = aws_key_pair.key.key_name
  vpc_security_group_ids = [aws_security_group.nat.id]
  source_dest_check      = false
  user_data              = file("${path.module}/nat.sh")
  tags                   = local.tags.nat-instance

  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }

  root_block_device {
    encrypted             = true
    delete_on_termination = true
    tags                  = local.tags.nat-instance
  }

  lifecycle {
    # How Terraform itself would go about a change: nothing of the account.
    ignore_changes = [user_data_replace_on_change]
  }
}

import {
  to = aws_eip.nat
  id = var.ids.nat-address
}

resource "aws_eip" "nat" {
  domain = "vpc"
  tags   = local.tags.nat-address
}

import {
  to = aws_eip_association.nat
  id = var.association
}

resource "aws_eip_association" "nat" {
  allocation_id = aws_eip.nat.id
  instance_id   = aws_instance.nat.id
}

import {
  to = aws_route_table.private
  id = var.ids.private-route-table
}

resource "aws_route_table" "private" {
  vpc_id           = aws_vpc.vpc.id
  propagating_vgws = []
  tags             = local.tags.private-route-table

  route {
    cidr_block           = "0.0.0.0/0"
    network_interface_id = aws_instance.nat.primary_network_interface_id
  }
}
