# The way out by a NAT gateway, with a bastion beside it.

import {
  to = aws_nat_gateway.nat
  id = var.ids.nat-gateway
}

resource "aws_nat_gateway" "nat" {
  allocation_id     = aws_eip.nat.id
  subnet_id         = aws_subnet.public.id
  connectivity_type = "public"
  tags              = local.tags.nat-gateway
}

import {
  to = aws_eip.nat
  id = var.ids.nat-gateway-address
}

resource "aws_eip" "nat" {
  domain = "vpc"
  tags   = local.tags.nat-gateway-address
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
    cidr_block     = "0.0.0.0/0"
    nat_gateway_id = aws_nat_gateway.nat.id
  }
}

import {
  to = aws_instance.bastion
  id = var.ids.bastion
}

resource "aws_instance" "bastion" {
  ami                    = data.aws_ami.debian.id
  instance_type          = "t3.micro"
  subnet_id              = aws_subnet.public.id
  key_name               = aws_key_pair.key.key_name
  vpc_security_group_ids = [aws_security_group.nat.id]
  source_dest_check      = true
  tags                   = local.tags.bastion

  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }

  root_block_device {
    encrypted             = true
    delete_on_termination = true
    tags                  = local.tags.bastion
  }

  lifecycle {
    # How Terraform itself would go about a change: nothing of the account.
    ignore_changes = [user_data_replace_on_change]
  }
}
