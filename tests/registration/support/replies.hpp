// SPDX-License-Identifier: MIT
#pragma once

#include <lark/http.hpp>

#include <string>
#include <string_view>

/// Replies of the service, as conversations need them. Every secret in them bears a mark, so that texts can be searched
/// for it.
namespace lark::registration::testing {

inline constexpr std::string_view mark = "MARKED";
/// Needs escaping in a form, so that the escaped form can leak too.
inline const std::string device_code = "dc/MARKED+code==";
inline const std::string escaped_device_code = "dc%2FMARKED%2Bcode%3D%3D";
inline const std::string user_code = "MARKED-USER";
inline const std::string link_of_service = "https://open.feishu.cn/page/launcher?user_code=MARKED-USER";
inline const std::string link_for_user = link_of_service + "&from=sdk&tp=sdk&source=cpp-sdk";
inline const std::string plain_uri = "https://open.feishu.cn/device";
inline const std::string client_id = "cli_a1";
inline const std::string client_secret = "MARKED-client-secret";

inline const std::string init_ok = R"({"nonce":"n","supported_auth_methods":["client_secret"]})";

/// A begin reply; `more` is appended to its members, say `,"interval":7`.
inline std::string begun(const std::string& more = R"(,"expires_in":600,"interval":5)") {
    return R"({"device_code":")" + device_code + R"(","user_code":")" + user_code + R"(","verification_uri":")" +
           plain_uri + R"(","verification_uri_complete":")" + link_of_service + '"' + more + '}';
}

/// An RFC 8628 error as the live service sends it, unknown field included.
inline std::string error_body(std::string_view code, const std::string& more = "") {
    return R"({"code":20094,"error":")" + std::string{code} + R"(","error_description":"about )" + std::string{code} +
           '"' + more + '}';
}
inline const std::string pending = error_body("authorization_pending");
inline const std::string slow_down = error_body("slow_down");

inline const std::string lark_user = R"("user_info":{"open_id":"ou_1","tenant_brand":"lark"})";
inline const std::string feishu_user = R"("user_info":{"open_id":"ou_1","tenant_brand":"feishu"})";

inline std::string credentials(const std::string& more = ',' + feishu_user) {
    return R"({"client_id":")" + client_id + R"(","client_secret":")" + client_secret + '"' + more + '}';
}

}  // namespace lark::registration::testing
