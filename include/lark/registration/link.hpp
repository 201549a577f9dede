// SPDX-License-Identifier: MIT
#pragma once

#include <lark/export.hpp>
#include <lark/registration/options.hpp>

#include <string>
#include <string_view>

namespace lark::registration {

/// The link that a registration with these options would show, if the service answered with this
/// `verification_uri_complete` and `user_code` (the latter counts for `link_style::cli_page` only). No request is made.
///
/// Throws `invalid_option` for what is wrong in `opts`, and for a `verification_uri` or `user_code` that a flow would
/// refuse, and `std::bad_alloc`. From any thread.
[[nodiscard]] LARK_EXPORT std::string preview_link(const options& opts, std::string_view verification_uri,
                                                   std::string_view user_code = {});

}  // namespace lark::registration
