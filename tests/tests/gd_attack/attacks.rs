//! Every attack has a test of its own: found, mended, proven, and silent afterwards.

use crate::proof::prove;

macro_rules! attacks {
    ($($area:ident { $($name:ident)+ })+) => {
        $(mod $area {
            $(#[test]
            fn $name() {
                super::prove(&stringify!($name).replace('_', "-"));
            })+
        })+

        /// The attacks that have a test.
        pub const TESTED: &[&str] = &[$($(stringify!($name)),+),+];
    };
}

attacks! {
    network {
        dns_support_off dns_hostnames_off dhcp_options_swapped acl_denies_all
        acl_way_out_removed acl_swapped private_subnet_public public_subnet_private
        nat_group_emptied nat_group_opened nat_group_mute default_group_opened
    }
    routes {
        private_route_deleted private_route_misled public_route_deleted private_route_added
        public_route_added main_table_route_added private_table_left private_table_swapped
        public_table_left nat_address_taken
    }
    strangers {
        stranger_group stranger_disguised stranger_subnet stranger_table stranger_interface
        stranger_endpoint stranger_vpn_gateway stranger_egress_gateway stranger_range
        stranger_instance
    }
    instances {
        nat_checks_addresses nat_stopped nat_terminated nat_groups_swapped nat_metadata_loose
        nat_metadata_far nat_profile_given
    }
    launch {
        template_default_moved template_version_added template_deleted group_version_moved
        image_deprecated image_deregistered image_replaced key_pair_deleted key_pair_replaced
    }
    scaling {
        group_suspended group_deaf group_capped group_unbounded group_emptied group_moved_out
        group_patient group_keeps_workers group_slow worker_protected worker_on_standby
        policy_deleted policy_reversed policy_off policy_added hook_deleted hook_endless
        hook_added schedule_added group_deleted workers_group_opened workers_group_mute
    }
    iam {
        role_policy_deleted role_policy_widened role_denied role_barred role_trust_opened
        role_trust_moved role_bounded role_long_sessions role_recreated profile_emptied
        profile_deleted user_added role_added
    }
    queues {
        input_visible_at_once input_hidden_long input_delayed input_forgets input_short_polls
        input_unredriven input_gives_up input_denied input_opened output_denied output_narrow
        output_locked dead_letter_plain dead_letter_closed dead_letter_forgets input_deleted
        output_deleted decoy_queue
    }
    bucket {
        bucket_denied bucket_policy_deleted bucket_unblocked bucket_disowned bucket_forgets
        bucket_lifecycle_deleted bucket_versioned bucket_locked bucket_deleted
    }
    alarms {
        alarm_deleted alarm_mute alarm_dull alarm_elsewhere alarm_slow alarm_aimless
        alarm_reversed alarm_blind alarm_added
    }
    tags {
        vpc_untagged nat_renamed private_subnet_untagged nat_group_untagged
        internet_gateway_untagged image_untagged template_untagged role_untagged
        profile_untagged group_untagged alarm_untagged input_untagged bucket_untagged
    }
}
