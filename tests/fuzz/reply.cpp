// SPDX-License-Identifier: MIT
// Fuzzes the reader of replies: for any bytes its fields are within their limits, and equal to those of Poco's document
// parser.
#include "registration/reply.hpp"
#include "base/json_text.hpp"
#include "base/text.hpp"
#include "registration/support/watched_flow.hpp"

#include <Poco/Dynamic/Var.h>
#include <Poco/Exception.h>
#include <Poco/JSON/Object.h>
#include <Poco/JSON/Parser.h>

#include <cstdint>
#include <string>

namespace {

using namespace std::chrono_literals;
using lark::registration::testing::require;
namespace core = lark::registration::detail;

Poco::JSON::Object::Ptr document(const std::string& text) {
    try {
        Poco::JSON::Parser parser;
        parser.setDepth(lark::base::json_depth_cap);
        const auto value = parser.parse(text);
        return value.type() == typeid(Poco::JSON::Object::Ptr) ? value.extract<Poco::JSON::Object::Ptr>() : nullptr;
    } catch (const Poco::Exception&) {
        return nullptr;
    }
}

std::string text_in(const Poco::JSON::Object& object, const std::string& key) {
    const auto value = object.get(key);
    return value.isString() ? value.extract<std::string>() : std::string{};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string body{reinterpret_cast<const char*>(data), size};
    const auto reply = core::read_reply(body);

    std::string scratch;
    const auto* fit = lark::base::sanitise_for_poco(body, scratch);
    if (fit == nullptr) {
        require(!reply, "what cannot be JSON is no reply");
        return 0;
    }
    require(lark::base::is_valid_utf8(*fit), "what is fit for the parser is UTF-8");
    if (fit->starts_with("\xEF\xBB\xBF")) {
        require(!reply, "two byte order marks are no JSON");
        return 0;
    }
    std::string again;
    require(lark::base::sanitise_for_poco(*fit, again) == fit, "what is fit stays as it is");

    const auto object = document(*fit);
    require(reply.has_value() == !object.isNull(), "the reader and the document parser agree on what an object is");
    if (!reply) return 0;
    require(reply->lifetime >= 1s && reply->lifetime <= 24h, "protocol.md 2: 1 s to one day");
    require(!reply->interval || (*reply->interval >= 1s && *reply->interval <= 300s), "protocol.md 2: 1 to 300 s");
    require(reply->error == text_in(*object, "error"), "error");
    require(reply->error_description == text_in(*object, "error_description"), "error_description");
    require(reply->client_id == text_in(*object, "client_id"), "client_id");
    require(reply->client_secret.reveal() == text_in(*object, "client_secret"), "client_secret");
    require(reply->device_code.reveal() == text_in(*object, "device_code"), "device_code");
    require(reply->verification_uri_complete == text_in(*object, "verification_uri_complete"), "link");
    require(reply->user_code == text_in(*object, "user_code"), "user_code");
    require(reply->user_info.has_value() == object->isObject("user_info"), "user_info");
    if (reply->user_info) {
        const auto user = object->getObject("user_info");
        require(reply->user_info->tenant_brand.value_or("") == text_in(*user, "tenant_brand"), "tenant_brand");
        require(reply->user_info->open_id.value_or("") == text_in(*user, "open_id"), "open_id");
    }
    return 0;
}
