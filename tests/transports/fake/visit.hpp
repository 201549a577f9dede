// SPDX-License-Identifier: MIT
#pragma once

#include <lark/fake/sandbox.hpp>

#include "talk.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <utility>

namespace lark::fake_test {

using fake::accounts_service;
using fake::code_state;
using fake::sandbox;
using fake::sandbox_options;

inline bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// The token in the page's forms.
inline std::string token_in(const std::string& page) {
    const std::string mark = "name=\"token\" value=\"";
    const auto at = page.find(mark);
    BOOST_REQUIRE(at != std::string::npos);
    return page.substr(at + mark.size(), page.find('"', at + mark.size()) - at - mark.size());
}

/// A sandbox with one code, and a browser without a screen.
struct visit {
    explicit visit(sandbox_options options = {}) : box(std::move(options)), talk(box.url()) { begin(); }

    /// Another code, which is the one from now on.
    void begin() {
        static_cast<void>(talk.ask(post_form(box, "action=begin&archetype=PersonalAgent&auth_method=client_secret")));
        box.with_service([&](accounts_service& s, time_point now) { user_code = s.codes(now).back().user_code; });
        path = "/page/launcher?user_code=" + user_code;
    }
    http_response get(const std::string& target) {
        return talk.ask("GET " + target + " HTTP/1.1\r\nHost: " + authority(box.url()) + "\r\n\r\n");
    }
    http_response post(const std::string& target, const std::string& form,
                       const std::string& type = "application/x-www-form-urlencoded") {
        return talk.ask("POST " + target + " HTTP/1.1\r\nHost: " + authority(box.url()) + "\r\nContent-Type: " + type +
                        "\r\nContent-Length: " + std::to_string(form.size()) + "\r\n\r\n" + form);
    }
    std::string token() { return token_in(get(path).body); }
    code_state state() {
        code_state s{};
        box.with_service([&](accounts_service& service, time_point now) { s = service.find(user_code, now)->state; });
        return s;
    }

    sandbox box;
    talker talk;
    std::string user_code{};
    std::string path{};
};

}  // namespace lark::fake_test
