# The network of a GameDay in one zone as its instructions have it, not as the tool's code does: what Terraform reads of
# the account is compared with this. The ids are the record's.

terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}

# Where the calls go, and as whom, is told by the standard environment.
provider "aws" {
  skip_credentials_validation = true
  skip_metadata_api_check     = true
}

variable "ids" {
  type        = map(string)
  description = "Of each resource, by its name in the architecture"
}

variable "association" {
  type        = string
  description = "That of the elastic address, whose id is in no record: it changes with the instance"
}

variable "public_key" {
  type = string
}

variable "team" {
  type = string
}

variable "run" {
  type        = string
  description = "Which run made it: nothing that anybody wishes beforehand"
}

locals {
  tags = {
    for resource in keys(var.ids) : resource => {
      Name          = "${var.team} ${resource}"
      "gd:team"     = var.team
      "gd:resource" = resource
      "ail:tool"    = "gd-vpc"
      "ail:run"     = var.run
    }
  }
}

import {
  to = aws_vpc.vpc
  id = var.ids.vpc
}

resource "aws_vpc" "vpc" {
  cidr_block           = "10.0.0.0/16"
  enable_dns_support   = true
  enable_dns_hostnames = true
  instance_tenancy     = "default"
  tags                 = local.tags.vpc
}

import {
  to = aws_internet_gateway.gateway
  id = var.ids.internet-gateway
}

resource "aws_internet_gateway" "gateway" {
  vpc_id = aws_vpc.vpc.id
  tags   = local.tags.internet-gateway
}

import {
  to = aws_subnet.public
  id = var.ids.public-subnet
}

resource "aws_subnet" "public" {
  vpc_id                  = aws_vpc.vpc.id
  cidr_block              = "10.0.0.0/24"
  map_public_ip_on_launch = true
  tags                    = local.tags.public-subnet
}

import {
  to = aws_subnet.private
  id = var.ids.private-subnet
}

resource "aws_subnet" "private" {
  vpc_id                  = aws_vpc.vpc.id
  cidr_block              = "10.0.1.0/24"
  availability_zone       = aws_subnet.public.availability_zone
  map_public_ip_on_launch = false
  tags                    = local.tags.private-subnet
}

import {
  to = aws_route_table.public
  id = var.ids.public-route-table
}

# With its routes in it, so that one more is a change.
resource "aws_route_table" "public" {
  vpc_id           = aws_vpc.vpc.id
  propagating_vgws = []
  tags             = local.tags.public-route-table

  route {
    cidr_block = "0.0.0.0/0"
    gateway_id = aws_internet_gateway.gateway.id
  }
}

import {
  to = aws_route_table_association.public
  id = "${var.ids.public-subnet}/${var.ids.public-route-table}"
}

resource "aws_route_table_association" "public" {
  subnet_id      = aws_subnet.public.id
  route_table_id = aws_route_table.public.id
}

import {
  to = aws_route_table_association.private
  id = "${var.ids.private-subnet}/${var.ids.private-route-table}"
}

resource "aws_route_table_association" "private" {
  subnet_id      = aws_subnet.private.id
  route_table_id = aws_route_table.private.id
}

import {
  to = aws_default_route_table.main
  id = var.ids.vpc
}

resource "aws_default_route_table" "main" {
  default_route_table_id = aws_vpc.vpc.default_route_table_id
  route                  = []
}

import {
  to = aws_default_security_group.default
  id = var.ids.default-security-group
}

resource "aws_default_security_group" "default" {
  vpc_id  = aws_vpc.vpc.id
  ingress = []
  egress  = []
}

import {
  to = aws_default_network_acl.default
  id = var.ids.default-network-acl
}

resource "aws_default_network_acl" "default" {
  default_network_acl_id = aws_vpc.vpc.default_network_acl_id
  subnet_ids             = [aws_subnet.public.id, aws_subnet.private.id]

  ingress {
    rule_no    = 100
    action     = "allow"
    protocol   = "-1"
    cidr_block = "0.0.0.0/0"
    from_port  = 0
    to_port    = 0
  }

  egress {
    rule_no    = 100
    action     = "allow"
    protocol   = "-1"
    cidr_block = "0.0.0.0/0"
    from_port  = 0
    to_port    = 0
  }
}

import {
  to = aws_security_group.nat
  id = var.ids.nat-security-group
}

# With its rules in it, so that one more is a change.
resource "aws_security_group" "nat" {
  name        = "NAT Security Group"
  description = "nat-security-group of the GameDay team ${var.team}"
  vpc_id      = aws_vpc.vpc.id
  tags        = local.tags.nat-security-group

  dynamic "ingress" {
    for_each = { 22 = "127.0.0.1/32", 80 = "10.0.1.0/24", 443 = "10.0.1.0/24" }

    content {
      protocol    = "tcp"
      from_port   = ingress.key
      to_port     = ingress.key
      cidr_blocks = [ingress.value]
    }
  }

  egress {
    protocol    = "-1"
    from_port   = 0
    to_port     = 0
    cidr_blocks = ["0.0.0.0/0"]
  }
}

import {
  to = aws_key_pair.key
  id = "gd-${var.team}"
}

resource "aws_key_pair" "key" {
  key_name   = "gd-${var.team}"
  public_key = var.public_key
  tags       = local.tags.key-pair

  lifecycle {
    # The provider does not read it back (its documentation, "aws_key_pair", "Import"): the
    # data source below does.
    ignore_changes = [public_key]
  }
}

data "aws_key_pair" "key" {
  key_name           = "gd-${var.team}"
  include_public_key = true

  lifecycle {
    postcondition {
      condition     = slice(split(" ", trimspace(self.public_key)), 0, 2) == slice(split(" ", trimspace(var.public_key)), 0, 2)
      error_message = "The key pair is of another key."
    }
  }
}

data "aws_ami" "debian" {
  most_recent = true
  owners      = ["136693071363"]

  filter {
    name   = "name"
    values = ["debian-12-amd64-*"]
  }
}
