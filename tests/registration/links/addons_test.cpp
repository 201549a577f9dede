// SPDX-License-Identifier: MIT
// protocol.md, section 5: addons, typed and from a manifest, decoded by zlib.
#include "parsed_link.hpp"

#include <lark/registration/addons.hpp>
#include <lark/registration/link.hpp>
#include <lark/registration/options.hpp>

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <ostream>

using namespace lark::registration;
using namespace lark::test;
namespace data = boost::unit_test::data;

namespace {

std::string payload_of(const addons& value) {
    options opts;
    opts.addons = value;
    const auto link = parse_link(preview_link(opts, "https://open.feishu.cn/page/launcher?user_code=ABCD-1234"));
    const auto found = values(link, "addons");
    BOOST_REQUIRE(found.size() == 1u);
    return decode_addons(found.front());
}

struct encoded {
    const char* name;
    addons value;
    const char* json;
};

std::ostream& operator<<(std::ostream& out, const encoded& e) { return out << e.name; }

const encoded encodings[] = {
    {"one scope", {.scopes = {.tenant = {"im:message"}}}, R"({"scopes":{"tenant":["im:message"]}})"},
    {"user scope only: the empty group is left out",
     {.scopes = {.user = {"calendar:calendar"}}},
     R"({"scopes":{"user":["calendar:calendar"]}})"},
    {"order kept", {.scopes = {.tenant = {"b", "a", "b"}}}, R"({"scopes":{"tenant":["b","a","b"]}})"},
    {"event",
     {.events = {.items = {.tenant = {"im.message.receive_v1"}}}},
     R"({"events":{"items":{"tenant":["im.message.receive_v1"]}}})"},
    {"callback",
     {.callbacks = {.items = {"card.action.trigger"}}},
     R"({"callbacks":{"items":["card.action.trigger"]}})"},
    {"minimal base, nothing added", {.preset = false}, R"({"preset":false})"},
    {"all",
     {.preset = true, .scopes = {{"a"}, {"b"}}, .events = {{{"c"}, {"d"}}}, .callbacks = {{"e"}}},
     R"({"preset":true,"scopes":{"tenant":["a"],"user":["b"]},"events":{"items":{"tenant":["c"],"user":["d"]}},"callbacks":{"items":["e"]}})"},
    {"text that needs escapes",
     {.scopes = {.tenant = {"a\"b\\c", "\xE4\xB8\xAD\xF0\x9F\x98\x80"}}},
     "{\"scopes\":{\"tenant\":[\"a\\\"b\\\\c\",\"\xE4\xB8\xAD\xF0\x9F\x98\x80\"]}}"},
};

struct manifest_fault {
    const char* json;
    const char* option;
    const char* message;
};

std::ostream& operator<<(std::ostream& out, const manifest_fault& f) { return out << f.json; }

const manifest_fault manifest_faults[] = {
    {R"({"scope":{}})", "addons.scope", "addons.scope is not a known key (known: preset, scopes, events, callbacks)"},
    {R"({"scopes":{"tenants":[]}})", "addons.scopes.tenants",
     "addons.scopes.tenants is not a known key (known: tenant, user)"},
    {R"({"events":{"tenant":["x"]}})", "addons.events.tenant",
     "addons.events.tenant is not a known key (known: items)"},
    {R"({"callbacks":{"items":[],"x":1}})", "addons.callbacks.x",
     "addons.callbacks.x is not a known key (known: items)"},
    {R"({"scopes":[]})", "addons.scopes", "addons.scopes must be a JSON object"},
    {R"({"scopes":{"tenant":"im:message"}})", "addons.scopes.tenant",
     "addons.scopes.tenant must be an array of strings"},
    {R"({"scopes":{"tenant":["a",5]}})", "addons.scopes.tenant", "addons.scopes.tenant[1] must be a non-empty string"},
    {R"({"preset":"no"})", "addons.preset", "addons.preset must be true or false"},
    {R"({"preset":null})", "addons.preset", "addons.preset must be true or false"},
    {R"([])", "addons", "addons must be a JSON object"},
    {"", "addons", "addons must be a JSON object"},
    {" \n5", "addons", "addons must be a JSON object"},
    {"null", "addons", "addons must be a JSON object"},
    {R"("x")", "addons", "addons must be a JSON object"},
    {"\xFF", "addons", "addons must be JSON in UTF-8"},
};

}  // namespace

BOOST_AUTO_TEST_SUITE(addons_payload)

BOOST_DATA_TEST_CASE(zlib_reads_the_payload_back, data::make(encodings), e) {
    BOOST_TEST(payload_of(e.value) == e.json);
}

BOOST_DATA_TEST_CASE(a_manifest_of_the_payload_gives_the_options, data::make(encodings), e) {
    BOOST_TEST((addons_from_json(e.json) == e.value));
    BOOST_TEST(payload_of(addons_from_json(payload_of(e.value))) == e.json);
}

BOOST_DATA_TEST_CASE(a_manifest_of_another_shape_is_refused_by_name, data::make(manifest_faults), f) {
    BOOST_CHECK_EXCEPTION(static_cast<void>(addons_from_json(f.json)), invalid_option, [&](const invalid_option& e) {
        BOOST_TEST(e.option() == f.option);
        BOOST_TEST(e.what() == f.message);
        return true;
    });
}

BOOST_AUTO_TEST_CASE(a_manifest_that_is_not_json_is_refused) {
    for (const char* text : {"", "\"x\"", "5", "{", R"({"preset":true)", R"({"preset":true}x)"})
        BOOST_CHECK_EXCEPTION(static_cast<void>(addons_from_json(text)), invalid_option,
                              [](const invalid_option& e) { return e.option() == "addons"; });
}

BOOST_AUTO_TEST_CASE(large_addons_survive) {
    addons value;
    for (int i = 0; i < 500; ++i) value.scopes.tenant.push_back("scope:" + std::to_string(i * 7919));
    BOOST_TEST((addons_from_json(payload_of(value)) == value));
}

BOOST_AUTO_TEST_SUITE_END()
