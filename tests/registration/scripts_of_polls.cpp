// SPDX-License-Identifier: MIT
// protocol.md, section 3: the meaning of a poll's reply. (The waits: scripts_of_waits.cpp.)
#include "registration/support/replies.hpp"
#include "registration/support/script.hpp"

namespace lark::registration::testing {
namespace {

using namespace std::chrono_literals;
using enum transport_failure_kind;
using enum failure_kind;

const step poll = sends{action::poll};
const step poll_lark = sends{action::poll, host::lark};
const step switched = reports{status::domain_switched, 5s};

/// The first poll gets this reply.
steps first_gets(const std::string& body, int status = 200, std::vector<http_header> headers = {}) {
    return begin_done() + steps{poll, replies{body, status, std::move(headers)}};
}

/// The first poll gets this reply, which is the end: these credentials.
steps first_gets_app(const std::string& body, int status, std::optional<user_info> user) {
    return begin_done() +
           steps{poll, replies{body, status, {}, true}, ends{app{client_id, secret{client_secret}, std::move(user)}}};
}

steps ends_with_error(const std::string& error, int status, failure_kind kind) {
    return first_gets(error_body(error), status) + steps{ends_with(kind, error, "about " + error, false)};
}

/// Transient: reported with the reason, and polled again 10 s later.
steps retried(const std::string& body, int status, const std::string& reason) {
    return first_gets(body, status) + steps{reports{status::retrying, 10s, reason}, waits{10s}} + succeeds();
}
steps retried(transport_failure_kind kind, const std::string& reason) {
    return begin_done() + steps{poll, fails{kind, "why"}, reports{status::retrying, 10s, reason}, waits{10s}} +
           succeeds();
}

/// An app without a secret, and these methods.
step keyless(const std::string& methods, const std::string& last_error = "") {
    return ends_with(other, "unsupported_auth_method",
                     "the app cli_k has no App Secret, its auth methods are: " + methods +
                         "; register again with create_only, so that the page creates a new app",
                     true, last_error);
}

/// The Lark host brings the credentials.
steps lark_app(const std::string& more, std::optional<user_info> user) {
    return {replies{credentials(more), 200, {}, true},
            ends{app{client_id, secret{client_secret}, std::move(user), brand::lark}}};
}

/// Begin brings that link.
steps link_shown(const std::string& link) {
    const auto reply = begun(R"(,"verification_uri_complete":")" + link + '"');
    return init_done() + steps{sends{action::begin}, replies{reply},
                               shows{link + "&from=sdk&tp=sdk&source=cpp-sdk", 600s, user_code, plain_uri}};
}

}  // namespace

std::vector<script> scripts_of_polls() {
    const user_info feishu{"ou_1", "feishu"};
    const user_info lark{"ou_1", "lark"};
    const auto with_all = [](const std::string& more) { return credentials(',' + more); };
    std::vector<script> all{
        // 1. credentials
        {"3.1 credentials without user_info", {}, first_gets_app(credentials(""), 200, std::nullopt)},
        {"3.1 user_info no object", {}, first_gets_app(with_all(R"("user_info":"ou_1")"), 200, std::nullopt)},
        {"3.1 user_info an array", {}, first_gets_app(with_all(R"("user_info":[{"open_id":"x"}])"), 200, std::nullopt)},
        {"3.1 user_info empty", {}, first_gets_app(with_all(R"("user_info":{})"), 200, user_info{})},
        {"3.1 user_info with odd members",
         {},
         first_gets_app(with_all(R"("user_info":{"open_id":7,"tenant_brand":null,"x":{"open_id":"no"}})"), 200,
                        user_info{})},
        {"3.1 credentials beside pending",
         {},
         first_gets_app(with_all(R"("error":"authorization_pending")"), 400, std::nullopt)},
        {"3.1 credentials beside slow_down", {}, first_gets_app(with_all(R"("error":"slow_down")"), 400, std::nullopt)},
        {"3.1 credentials beside access_denied",
         {},
         first_gets_app(with_all(R"("error":"access_denied")"), 400, std::nullopt)},
        {"3.1 credentials beside an unknown error", {}, first_gets_app(with_all(R"("error":"x")"), 400, std::nullopt)},
        {"3.1 credentials of a Lark user are not lost to the switch",
         {},
         first_gets_app(with_all(lark_user), 200, lark)},
        {"3.1 credentials of a Lark user beside pending",
         {},
         first_gets_app(with_all(lark_user + R"(,"error":"authorization_pending")"), 200, lark)},
        {"3.1 credentials with 500", {}, first_gets_app(credentials(), 500, feishu)},
        {"3.1 credentials with 429", {}, first_gets_app(credentials(), 429, feishu)},
        {"3.1 credentials with 302", {}, first_gets_app(credentials(), 302, feishu)},
        {"1 credentials beside a lone surrogate",
         {},
         first_gets_app(with_all(R"("x":"\ud800","user_info":{"open_id":"a\udc00","tenant_brand":"feishu"})"), 200,
                        user_info{"a\xEF\xBF\xBD", "feishu"})},
        {"1 credentials beside a number out of range",
         {},
         first_gets_app(with_all(R"("x":1e999,"y":123456789012345678901234567890,"user_info":{"open_id":1e999})"), 200,
                        user_info{})},
        {"1 the last of a duplicated key counts",
         {},
         first_gets_app(R"({"client_id":"x","client_secret":5,"client_id":")" + client_id + R"(","client_secret":")" +
                            client_secret + R"("})",
                        200, std::nullopt)},
        {"7 user texts are cut to 1 KiB",
         {},
         first_gets_app(with_all(R"("user_info":{"open_id":")" + std::string(1023, 'a') + R"(üb"})"), 200,
                        user_info{std::string(1023, 'a'), std::nullopt})},
        {"3.1 credentials in a body of exactly the cap",
         {},
         first_gets_app(credentials("") + std::string(256 * 1024 - credentials("").size(), ' '), 200, std::nullopt)},
        {"3.1 client_id alone", {}, first_gets(R"({"client_id":"c"})") + steps{waits{5s}} + succeeds()},
        {"3.1 client_secret alone", {}, first_gets(R"({"client_secret":"MARKED"})") + steps{waits{5s}} + succeeds()},
        {"3.1 empty client_id",
         {},
         first_gets(R"({"client_id":"","client_secret":"MARKED"})") + steps{waits{5s}} + succeeds()},
        {"3.1 empty client_secret",
         {},
         first_gets(R"({"client_id":"c","client_secret":""})") + steps{waits{5s}} + succeeds()},
        {"3.1 client_secret a number",
         {},
         first_gets(R"({"client_id":"c","client_secret":5})") + steps{waits{5s}} + succeeds()},
        {"3.1 a duplicated client_secret whose last is null",
         {},
         first_gets(R"({"client_id":"c","client_secret":"MARKED","client_secret":null})") + steps{waits{5s}} +
             succeeds()},

        // the user, field by field
        {"3.1 the switch reply said who the user is, the credentials do not",
         {},
         first_gets('{' + lark_user + '}') + steps{switched, poll_lark} + lark_app("", user_info{"ou_1", "lark"})},
        {"3.1 field by field the later one wins",
         {},
         first_gets('{' + lark_user + '}') + steps{switched, poll_lark} +
             lark_app(R"(,"user_info":{"open_id":"ou_2","tenant_brand":7})", user_info{"ou_2", "lark"})},
        {"3.1 an empty field says nothing",
         {},
         first_gets('{' + lark_user + '}') + steps{switched, poll_lark} +
             lark_app(R"(,"user_info":{"open_id":"","tenant_brand":""})", user_info{"ou_1", "lark"})},
        {"3.1 a pending reply says it too",
         {},
         first_gets(R"({"user_info":{"tenant_brand":"lark"}})") + steps{switched} +
             poll_gets(error_body("authorization_pending", R"(,"user_info":{"open_id":"ou_3"})"), host::lark) +
             steps{reports{status::polling, 5s}, waits{5s}, poll_lark} + lark_app("", user_info{"ou_3", "lark"})},
        {"3.1 user_info outlives a failed poll",
         {},
         first_gets('{' + lark_user + '}') +
             steps{switched, poll_lark, replies{R"({"user_info":{"open_id":"ou_4"}})", 503},
                   reports{status::retrying, 10s, "HTTP 503"}, waits{10s}, poll_lark} +
             lark_app("", user_info{"ou_4", "lark"})},
        {"3.1 without a word on the user the issuer still is Lark",
         {.domain = "https://accounts.larksuite.com"},
         steps{sends{action::init, host::lark}, replies{init_ok}, sends{action::begin, host::lark}, replies{begun()},
               shows_link(), poll_lark} +
             lark_app("", std::nullopt)},

        // 2. the switch
        {"3.2 a Lark user, no error: poll there at once",
         {},
         first_gets('{' + lark_user + '}') + steps{switched} + succeeds(host::lark)},
        {"3.2 a Lark user, pending",
         {},
         first_gets(error_body("authorization_pending", ',' + lark_user), 400) + steps{switched} +
             succeeds(host::lark)},
        {"3.2 a Lark user, slow_down: its 5 s are taken",
         {},
         first_gets(error_body("slow_down", ',' + lark_user), 400) + steps{reports{status::domain_switched, 10s}} +
             is_pending(10s, host::lark) + steps{waits{10s}} + succeeds(host::lark)},
        {"3.2 a Lark user, slow_down with a larger interval",
         {},
         first_gets(error_body("slow_down", R"(,"interval":40,)" + lark_user)) +
             steps{reports{status::domain_switched, 40s}} + is_pending(40s, host::lark) + steps{waits{40s}} +
             succeeds(host::lark)},
        {"3.2 a Lark user, access_denied: the end",
         {},
         first_gets(error_body("access_denied", ',' + lark_user)) +
             steps{ends_with(access_denied, "access_denied", "about access_denied", false)}},
        {"3.2 a Lark user, expired_token: the end",
         {},
         first_gets(error_body("expired_token", ',' + lark_user)) +
             steps{ends_with(expired, "expired_token", "about expired_token", false)}},
        {"3.2 a Lark user, unknown error: the end",
         {},
         first_gets(error_body("x", ',' + lark_user)) + steps{ends_with(other, "x", "about x", false)}},
        {"3.2 whatever the status: 503",
         {},
         first_gets('{' + lark_user + '}', 503) + steps{switched} + succeeds(host::lark)},
        {"3.2 a Lark user with client_id, without secret",
         {},
         first_gets(R"({"client_id":"c",)" + lark_user + '}') + steps{switched} + succeeds(host::lark)},
        {"3.2 once only; the interval stays",
         {},
         begin_done(begun(R"(,"interval":7)")) +
             steps{poll, replies{slow_down}, reports{status::slow_down, 12s}, waits{12s}, poll,
                   replies{'{' + lark_user + '}'}, reports{status::domain_switched, 12s}, poll_lark,
                   replies{'{' + lark_user + '}'}, waits{12s}, poll_lark,
                   replies{error_body("authorization_pending", ',' + lark_user)}, reports{status::polling, 12s},
                   waits{12s}} +
             succeeds(host::lark)},
        {"3.2 not back to Feishu",
         {},
         first_gets('{' + lark_user + '}') + steps{switched} +
             poll_gets(error_body("authorization_pending", ',' + feishu_user), host::lark) +
             steps{reports{status::polling, 5s}, waits{5s}} + succeeds(host::lark)},
        {"3.2 not where lark_domain is the current host",
         {.domain = "https://accounts.feishu.cn/", .lark_domain = "https://ACCOUNTS.feishu.cn:443"},
         first_gets('{' + lark_user + '}') + steps{waits{5s}} + succeeds()},
        {"1, 3.2 two spellings of a host are one host",
         {.domain = "https://accounts.feishu.cn:0443", .lark_domain = "https://Accounts.Feishu.CN"},
         first_gets('{' + lark_user + '}') + steps{waits{5s}} + succeeds()},
        {"3.2 another brand",
         {},
         first_gets(R"({"user_info":{"tenant_brand":"Lark"}})") + steps{waits{5s}} + succeeds()},
        {"3.2 brand at the top level", {}, first_gets(R"({"tenant_brand":"lark"})") + steps{waits{5s}} + succeeds()},
        {"3.2 brand too deep",
         {},
         first_gets(R"({"user_info":{"user_info":{"tenant_brand":"lark"}}})") + steps{waits{5s}} + succeeds()},
        {"3.2 the device code stays",
         {},
         first_gets(R"({"device_code":"other",)" + lark_user + '}') + steps{switched} + succeeds(host::lark)},
        {"3.2 the poll there fails: the back-off begins anew",
         {},
         begin_done() +
             steps{poll, fails{cut, ""}, reports{status::retrying, 10s, "cut"}, waits{10s}, poll, fails{cut, ""},
                   reports{status::retrying, 20s, "cut"}, waits{20s}, poll, replies{'{' + lark_user + '}'}, switched,
                   poll_lark, fails{cut, ""}, reports{status::retrying, 10s, "cut"}, waits{10s}} +
             succeeds(host::lark)},
        {"3 Retry-After counts on the switch",
         {},
         first_gets('{' + lark_user + '}', 200, {{"Retry-After", "3"}}) + steps{switched, waits{3s}} +
             succeeds(host::lark)},

        // 3. the service's error
        {"3.3 R5 authorization_pending",
         {},
         begin_done() + polls_pending() + polls_pending() + polls_pending() + succeeds()},
        {"3.3 pending with 400",
         {},
         first_gets(pending, 400) + steps{reports{status::polling, 5s}, waits{5s}} + succeeds()},
        {"3.3 pending with 403",
         {},
         first_gets(pending, 403) + steps{reports{status::polling, 5s}, waits{5s}} + succeeds()},
        {"3.3 pending with 428",
         {},
         first_gets(pending, 428) + steps{reports{status::polling, 5s}, waits{5s}} + succeeds()},
        {"3.3 pending with 500: the body comes first",
         {},
         first_gets(pending, 500) + steps{reports{status::polling, 5s}, waits{5s}} + succeeds()},
        {"3.3 pending with 302",
         {},
         first_gets(pending, 302) + steps{reports{status::polling, 5s}, waits{5s}} + succeeds()},
        {"3.3 an interval beside pending does not count",
         {},
         first_gets(error_body("authorization_pending", R"(,"interval":60)")) +
             steps{reports{status::polling, 5s}, waits{5s}} + succeeds()},
        {"3.3 R6 slow_down: + 5 s, this and all later polls",
         {},
         first_gets(slow_down, 400) + steps{reports{status::slow_down, 10s}, waits{10s}} + polls_pending(10s) +
             polls_pending(10s) + steps{poll, replies{slow_down}, reports{status::slow_down, 15s}, waits{15s}} +
             polls_pending(15s) + steps{poll, replies{"{}"}, waits{15s}} + succeeds()},
        {"3.3 slow_down: a larger interval wins",
         {},
         first_gets(error_body("slow_down", R"(,"interval":30)")) + steps{reports{status::slow_down, 30s}, waits{30s}} +
             polls_pending(30s) + succeeds()},
        {"3.3 slow_down: a smaller interval does not",
         {},
         first_gets(error_body("slow_down", R"(,"interval":6)")) + steps{reports{status::slow_down, 10s}, waits{10s}} +
             succeeds()},
        {"3.3 slow_down: a larger interval as a string",
         {},
         first_gets(error_body("slow_down", R"(,"interval":"30")")) +
             steps{reports{status::slow_down, 30s}, waits{30s}} + succeeds()},
        {"3.3 slow_down: a larger interval, up to 300",
         {},
         begin_done(begun(R"(,"expires_in":3600)"), 3600s) + poll_gets(error_body("slow_down", R"(,"interval":4000)")) +
             steps{reports{status::slow_down, 300s}, waits{300s}, poll, replies{slow_down},
                   reports{status::slow_down, 305s}, waits{305s}} +
             succeeds()},
        {"3.3 R7 access_denied", {}, ends_with_error("access_denied", 400, access_denied)},
        {"3.3 R7 access_denied with 200", {}, ends_with_error("access_denied", 200, access_denied)},
        {"3.3 access_denied with 503", {}, ends_with_error("access_denied", 503, access_denied)},
        {"3.3 expired_token with 429", {}, ends_with_error("expired_token", 429, expired)},
        {"3.3 invalid_grant with 500", {}, ends_with_error("invalid_grant", 500, expired)},
        {"3.3 slow_down with 429",
         {},
         first_gets(slow_down, 429) + steps{reports{status::slow_down, 10s}, waits{10s}} + succeeds()},
        {"3.3 R8 any other error with 404: stop", {}, ends_with_error("Not Found", 404, other)},
        {"3.3 R7 expired_token", {}, ends_with_error("expired_token", 400, expired)},
        {"3.3 invalid_grant is the expired kind, by its own code", {}, ends_with_error("invalid_grant", 400, expired)},
        {"3.3 R8 any other error code: stop", {}, ends_with_error("invalid_client", 401, other)},
        {"3.3 R8 a new word", {}, ends_with_error("some_new_thing", 200, other)},
        {"3.3 case counts", {}, ends_with_error("Authorization_Pending", 400, other)},
        {"3.3 error without description: a text of ours",
         {},
         first_gets(R"({"error":"access_denied"})") +
             steps{ends_with(access_denied, "access_denied", "the user denied the registration", false)}},
        {"3.3 expired_token without description",
         {},
         first_gets(R"({"error":"expired_token","error_description":5})") +
             steps{ends_with(expired, "expired_token", "the service says that the code has expired", false)}},
        {"3.3 an empty error is none", {}, first_gets(R"({"error":""})") + steps{waits{5s}} + succeeds()},
        {"3.3 an error that is no string is none",
         {},
         first_gets(R"({"error":{"error":"access_denied"}})") + steps{waits{5s}} + succeeds()},
        {"3.3 the last error of two counts",
         {},
         first_gets(R"({"error":"access_denied","error":"authorization_pending"})") +
             steps{reports{status::polling, 5s}, waits{5s}} + succeeds()},
        {"7 server texts are cut to 1 KiB",
         {},
         first_gets(R"({"error":")" + std::string(2000, 'e') + R"(","error_description":")" + std::string(1023, 'd') +
                    R"(üü"})") +
             steps{ends_with(other, std::string(1024, 'e'), std::string(1023, 'd'), false)}},

        // 4. none of these
        {"3.4 {}: wait, no status", {}, first_gets("{}") + steps{waits{5s}} + succeeds()},
        {"3.4 {} with 404", {}, first_gets("{}", 404) + steps{waits{5s}} + succeeds()},
        {"3.4 {} with 400", {}, first_gets("{}", 400) + steps{waits{5s}} + succeeds()},
        {"3.4 code 0 with 400: no error of the platform",
         {},
         first_gets(R"({"code":0,"msg":"ok"})", 400) + steps{waits{5s}} + succeeds()},
        {"3.4 a code with 200", {}, first_gets(R"({"code":20001,"msg":"m"})") + steps{waits{5s}} + succeeds()},
        {"3.4 brand without credentials after the switch",
         {},
         first_gets('{' + lark_user + '}') + steps{switched, poll_lark, replies{'{' + lark_user + '}'}, waits{5s}} +
             succeeds(host::lark)},

        // 4. an app without a secret
        {"3.3 a keyless app ends the flow",
         {},
         first_gets(R"({"client_id":"cli_k","auth_method":["private_key_jwt"]})") + steps{keyless("private_key_jwt")}},
        {"3.3 a keyless app: methods in one string",
         {},
         first_gets(R"({"client_id":"cli_k","auth_method":"private_key_jwt  tls_client_auth","client_secret":""})",
                    400) +
             steps{keyless("private_key_jwt tls_client_auth")}},
        {"3.3 a keyless app: the methods after the id, odd members among them",
         {},
         first_gets(R"({"auth_method":[1,"a",["client_secret"],"b"],"client_id":"cli_k"})") + steps{keyless("a b")}},
        {"7 a keyless app with long names: they are cut, the advice is kept",
         {},
         first_gets(R"({"client_id":")" + std::string(2000, 'i') + R"(","auth_method":")" + std::string(2000, 'm') +
                    R"("})") +
             steps{ends_with(other, "unsupported_auth_method",
                             "the app " + std::string(256, 'i') +
                                 " has no App Secret, its auth methods are: " + std::string(256, 'm') +
                                 "; register again with create_only, so that the page creates a new app",
                             true)}},
        {"3.3 a keyless app keeps the last error",
         {},
         begin_done() + steps{poll, fails{cut, ""}, reports{status::retrying, 10s, "cut"}, waits{10s}} +
             poll_gets(R"({"client_id":"cli_k","auth_method":"private_key_jwt"})") +
             steps{keyless("private_key_jwt", "cut")}},
        {"3.3 an app with a secret that is not there yet: wait",
         {},
         first_gets(R"({"client_id":"cli_k","auth_method":["private_key_jwt","client_secret"]})") + steps{waits{5s}} +
             succeeds()},
        {"3.3 no method that can be read: wait",
         {},
         first_gets(R"({"client_id":"cli_k","auth_method":[]})") + steps{waits{5s}, poll} +
             steps{replies{R"({"client_id":"cli_k","auth_method":" "})"}, waits{5s}, poll,
                   replies{R"({"client_id":"cli_k","auth_method":{"a":"b"}})"}, waits{5s}, poll,
                   replies{R"({"client_id":"cli_k","auth_method":"a","auth_method":7})"}, waits{5s}} +
             succeeds()},
        {"3.3 methods without a client_id: wait",
         {},
         first_gets(R"({"auth_method":"private_key_jwt"})") + steps{waits{5s}} + succeeds()},
        {"3.3 methods beside pending: wait",
         {},
         first_gets(error_body("authorization_pending", R"(,"client_id":"cli_k","auth_method":"private_key_jwt")")) +
             steps{reports{status::polling, 5s}, waits{5s}} + succeeds()},
        {"3.3 a keyless app with 503 is not the service's word",
         {},
         retried(R"({"client_id":"cli_k","auth_method":"private_key_jwt"})", 503, "HTTP 503")},
        {"3.3 a keyless app of a Lark user is asked for at Lark first",
         {},
         first_gets(R"({"client_id":"cli_k","auth_method":"private_key_jwt",)" + lark_user + '}') + steps{switched} +
             poll_gets(R"({"client_id":"cli_k","auth_method":"private_key_jwt"})", host::lark) +
             steps{keyless("private_key_jwt")}},

        // 4. the platform's envelope
        {"3.5 an error of the platform: retrying, with its code and text",
         {},
         retried(R"({"code":20001,"msg":"no such tenant"})", 403, "HTTP 403, code 20001: no such tenant")},
        {"3.5 an error of the platform without a text", {}, retried(R"({"code":20001})", 400, "HTTP 400, code 20001")},
        {"3.5 an error of the platform is the last error when the code expires",
         {},
         begin_done(begun(R"(,"expires_in":20,"interval":30)"), 20s) +
             steps{sends{action::poll}, replies{R"({"code":20001,"msg":"m"})", 403},
                   reports{status::retrying, 19s, "HTTP 403, code 20001: m"}, waits{19s},
                   sends{action::poll, host::feishu, 4s}, replies{"{}"}, waits{1s},
                   ends_expired_here(20, "HTTP 403, code 20001: m")}},
        {"3.5 an error of the platform with 429 and 502",
         {},
         begin_done() +
             steps{poll, replies{R"({"code":99991400,"msg":"m"})", 429},
                   reports{status::retrying, 10s, "HTTP 429, code 99991400: m"}, waits{10s}, poll,
                   replies{R"({"code":7,"msg":"m"})", 502}, reports{status::retrying, 20s, "HTTP 502, code 7: m"},
                   waits{20s}} +
             succeeds()},
        {"3.5 the platform says how long its rate limit holds",
         {},
         begin_done() +
             steps{poll, replies{R"({"code":99991400,"msg":"m"})", 400, {{"x-ogw-ratelimit-reset", "29.5"}}},
                   reports{status::retrying, 30s, "HTTP 400, code 99991400: m"}, waits{30s}} +
             succeeds()},
        {"3.5 x-ogw-ratelimit-reset counts for a rate limit only",
         {},
         first_gets(pending, 400, {{"x-ogw-ratelimit-reset", "29"}}) + steps{reports{status::polling, 5s}, waits{5s}} +
             succeeds()},
        {"7 an error of the platform that quotes secrets",
         {},
         retried(R"({"code":20001,"msg":"no )" + device_code + ' ' + user_code + R"("})", 403,
                 "HTTP 403, code 20001: no [redacted] [redacted]")},

        // 5. transient
        {"3.5 a gateway's error is not the service's word",
         {},
         retried(R"({"error":"Bad Gateway"})", 502, "HTTP 502, error Bad Gateway")},
        {"3.5 Spring's error page",
         {},
         retried(R"({"status":500,"error":"Internal Server Error","path":"/oauth"})", 500,
                 "HTTP 500, error Internal Server Error")},
        {"3.5 temporarily_unavailable",
         {},
         retried(error_body("temporarily_unavailable"), 503,
                 "HTTP 503, error temporarily_unavailable: about temporarily_unavailable")},
        {"3.5 rate_limited with Retry-After",
         {},
         begin_done() +
             steps{poll, replies{R"({"error":"rate_limited"})", 429, {{"Retry-After", "33"}}},
                   reports{status::retrying, 33s, "HTTP 429, error rate_limited"}, waits{33s}} +
             succeeds()},
        {"3.5 a gateway's error is the last error",
         {},
         begin_done() +
             steps{poll, replies{R"({"error":"server_error"})", 500},
                   reports{status::retrying, 10s, "HTTP 500, error server_error"}, waits{10s}} +
             poll_gets(error_body("x")) +
             steps{ends_with(other, "x", "about x", false, "HTTP 500, error server_error")}},
        {"3.5 a gateway's error beside a Lark user does not switch",
         {},
         retried(R"({"error":"Bad Gateway",)" + lark_user + '}', 502, "HTTP 502, error Bad Gateway")},
        {"7 a gateway quotes secrets in its error",
         {},
         retried(R"({"error":"for )" + escaped_device_code + R"("})", 500, "HTTP 500, error for [redacted]")},
        {"3.5 no JSON", {}, retried("<html>", 200, "the reply is not a JSON object (HTTP 200)")},
        {"3.5 empty", {}, retried("", 200, "the reply is not a JSON object (HTTP 200)")},
        {"3.5 an array", {}, retried("[" + credentials() + "]", 200, "the reply is not a JSON object (HTTP 200)")},
        {"3.5 a string", {}, retried("\"x\"", 404, "the reply is not a JSON object (HTTP 404)")},
        {"3.5 truncated credentials",
         {},
         retried(credentials().substr(0, 60), 200, "the reply is not a JSON object (HTTP 200)")},
        {"3.5 two objects", {}, retried("{}" + credentials(), 200, "the reply is not a JSON object (HTTP 200)")},
        {"1 a stray byte costs no credentials",
         {},
         first_gets_app(credentials(",\"x\":\"\xC3\x28\",\"\xFF\":1"), 200, std::nullopt)},
        {"1 a NUL byte makes a body no JSON",
         {},
         retried(credentials() + std::string(1, '\0'), 200, "the reply is not a JSON object (HTTP 200)")},
        {"3.5 {} with 301", {}, retried("{}", 301, "HTTP 301: redirects are not followed")},
        {"3.5 304", {}, retried("", 304, "HTTP 304: redirects are not followed")},
        {"3.5 {} with 429", {}, retried("{}", 429, "HTTP 429")},
        {"3.5 {} with 500", {}, retried("{}", 500, "HTTP 500")},
        {"3.5 504 with a page", {}, retried("<html>", 504, "HTTP 504")},
        {"3.5 a body over the cap, credentials or not",
         {},
         retried(credentials(",\"x\":\"" + std::string(256 * 1024, 'x') + '"'), 200, "the reply is over 256 KiB")},
        {"3.5 name_unknown", {}, retried(name_unknown, "why")},
        {"3.5 name_temporary", {}, retried(name_temporary, "why")},
        {"3.5 connect", {}, retried(connect, "why")},
        {"3.5 R9 timeout", {}, retried(timeout, "why")},
        {"3.5 cut", {}, retried(cut, "why")},
        {"3.5 certificate", {}, retried(certificate, "why")},
        {"3.5 tls", {}, retried(tls, "why")},
        {"3.5 proxy", {}, retried(proxy, "why")},
        {"3.5 protocol", {}, retried(protocol, "why")},
        {"3.5 too_large", {}, retried(too_large, "why")},
        {"3.5 the flow's own timeout",
         {},
         begin_done() +
             steps{poll, waits{15s}, abandons{}, reports{status::retrying, 10s, "no reply within 15 s"}, waits{10s}} +
             succeeds()},
        {"3.5 the last error is part of the final error",
         {},
         begin_done() + steps{poll, fails{certificate, "expired"}, reports{status::retrying, 10s, "expired"},
                              waits{10s}, poll, replies{R"({"error":"server_error","error_description":"d"})"},
                              ends_with(other, "server_error", "d", false, "expired")}},
        {"3.5 a poll cut on a kept connection is tried again after one interval, not two",
         {},
         begin_done() + steps{poll, fails{cut, "idle", true}, reports{status::retrying, 5s, "idle"}, waits{5s}} +
             succeeds()},
        {"3.5 cut on a kept connection: the back-off of earlier failures stays, and does not grow",
         {},
         begin_done() +
             steps{poll, replies{"", 503}, reports{status::retrying, 10s, "HTTP 503"}, waits{10s}, poll,
                   fails{cut, "", true}, reports{status::retrying, 10s, "cut"}, waits{10s}, poll, fails{cut, ""},
                   reports{status::retrying, 20s, "cut"}, waits{20s}} +
             succeeds()},
        {"3.5 cut on a kept connection, with a margin",
         {.interval_margin = 1.5},
         begin_done() + steps{poll, fails{cut, "", true}, reports{status::retrying, 8s, "cut"}, waits{8s}} +
             succeeds()},
        {"3.5 another failure on a kept connection backs off",
         {},
         begin_done() + steps{poll, fails{timeout, "", true}, reports{status::retrying, 10s, "timeout"}, waits{10s}} +
             succeeds()},
        {"3.5 rule 4 does not clear the last error",
         {},
         begin_done() + steps{poll, fails{cut, ""}, reports{status::retrying, 10s, "cut"}, waits{10s}, poll,
                              replies{"{}"}, waits{5s}, poll, replies{R"({"error":"x","error_description":"d"})"},
                              ends_with(other, "x", "d", false, "cut")}},
        {"3.5 pending clears the last error",
         {},
         begin_done() + steps{poll, fails{cut, ""}, reports{status::retrying, 10s, "cut"}, waits{10s}} +
             polls_pending() + poll_gets(error_body("x")) + steps{ends_with(other, "x", "about x", false)}},
        {"3.5 slow_down clears the last error",
         {},
         begin_done() +
             steps{poll, fails{cut, ""}, reports{status::retrying, 10s, "cut"}, waits{10s}, poll, replies{slow_down},
                   reports{status::slow_down, 10s}, waits{10s}} +
             poll_gets(error_body("x")) + steps{ends_with(other, "x", "about x", false)}},
        {"3.5 a denial keeps the last error",
         {},
         begin_done() + steps{poll, fails{cut, ""}, reports{status::retrying, 10s, "cut"}, waits{10s}} +
             poll_gets(error_body("access_denied")) +
             steps{ends_with(access_denied, "access_denied", "about access_denied", false, "cut")}},
        {"3.5 invalid_grant after a cut poll keeps the last error: the credentials may have been in the reply that was "
         "lost",
         {},
         begin_done() + steps{poll, fails{cut, "reset"}, reports{status::retrying, 10s, "reset"}, waits{10s}} +
             poll_gets(error_body("invalid_grant")) +
             steps{ends_with(expired, "invalid_grant", "about invalid_grant", false, "reset")}},
        {"3.5 the last error is kept",
         {},
         begin_done() +
             steps{poll, fails{cut, "1"}, reports{status::retrying, 10s, "1"}, waits{10s}, poll, replies{"", 503},
                   reports{status::retrying, 20s, "HTTP 503"}, waits{20s}} +
             poll_gets(error_body("x")) + steps{ends_with(other, "x", "about x", false, "HTTP 503")}},
        {"3.5 a cancel reports the last error too",
         {},
         begin_done() + steps{poll, fails{cut, "1"}, reports{status::retrying, 10s, "1"}, awaits{10s}, cancels{},
                              ends_with(other, "abort", "cancelled", true, "1")}},

        // 7. secrets that the peer quotes
        {"7 the service quotes secrets in its error",
         {},
         begin_done() + polls_pending() +
             poll_gets(R"({"error":"e-)" + device_code + R"(","error_description":"code )" + device_code + " is " +
                       escaped_device_code + " of " + user_code + R"("})") +
             steps{ends_with(other, "e-[redacted]", "code [redacted] is [redacted] of [redacted]", false)}},
        {"7 the service quotes the client secret that came without its id",
         {},
         begin_done() +
             poll_gets(R"({"error":"e","client_secret":")" + client_secret + R"(","error_description":"for )" +
                       client_secret + R"("})") +
             steps{ends_with(other, "e", "for [redacted]", false)}},
        {"7 begin quotes secrets in its error",
         {},
         init_done() + steps{sends{action::begin},
                             replies{begun(R"(,"error":"e","error_description":")" + device_code + ' ' + user_code +
                                           ' ' + link_of_service + '"')},
                             ends_with(other, "e", "[redacted] [redacted] [redacted]", false)}},
        {"7 the transport quotes secrets",
         {},
         begin_done() +
             steps{poll, fails{cut, "sent device_code=" + escaped_device_code + ", " + device_code + ", " + user_code},
                   reports{status::retrying, 10s, "sent device_code=[redacted], [redacted], [redacted]"}, waits{10s},
                   poll, replies{R"({"error":"x"})"},
                   ends_with(other, "x", "", false, "sent device_code=[redacted], [redacted], [redacted]")}},
        // The link has been taken long before, and holds a secret itself.
        {"7 the service quotes the link, as it sent it and as it is shown",
         {},
         link_shown("https://open.feishu.cn/v?c=only-here") + polls_pending() +
             poll_gets(
                 R"({"error":"e","error_description":"no https://open.feishu.cn/v?c=only-here, no )"
                 R"(https://open.feishu.cn/v?c=only-here&from=sdk&tp=sdk&source=cpp-sdk. See https://open.feishu.cn/help"})") +
             steps{ends_with(other, "e", "no [redacted], no [redacted]. See https://open.feishu.cn/help", false)}},
        {"7 the transport quotes the link",
         {},
         link_shown("HTTPS://open.feishu.cn/v?c=only-here") +
             steps{poll, fails{cut, "HTTPS://open.feishu.cn/v?c=only-here"},
                   reports{status::retrying, 10s, "[redacted]"}, waits{10s}, poll, replies{R"({"error":"x"})"},
                   ends_with(other, "x", "", false, "[redacted]")}},
        {"7 the service quotes a link of the style cli_page",
         {.link_style = link_style::cli_page},
         init_done() +
             steps{sends{action::begin}, replies{begun()},
                   shows{"https://open.feishu.cn/page/cli?user_code=MARKED-USER&from=sdk&tp=sdk&source=cpp-sdk", 600s,
                         user_code, plain_uri}} +
             poll_gets(
                 R"({"error":"e","error_description":"https://open.feishu.cn/page/cli?user_code=MARKED-USER&from=sdk&tp=sdk&source=cpp-sdk )" +
                 link_of_service + "\"}") +
             steps{ends_with(other, "e", "[redacted] [redacted]", false)}},
    };
    return all;
}

}  // namespace lark::registration::testing
