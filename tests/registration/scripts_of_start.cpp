// SPDX-License-Identifier: MIT
// protocol.md, section 2: init and begin.
#include "registration/support/replies.hpp"
#include "registration/support/script.hpp"

namespace lark::registration::testing {
namespace {

using namespace std::chrono_literals;
using enum transport_failure_kind;
using enum failure_kind;

const step init = sends{action::init};
const step begin = sends{action::begin};

step refused(const std::string& code, const std::string& description) {
    return ends_with(other, code, description, true);
}

/// A begin reply of which only these members are there.
steps begins_with(const std::string& members) { return init_done() + steps{begin, replies{'{' + members + '}'}}; }

/// After begin: the lifetime shown, and the first wait after a pending reply.
steps lives(const std::string& more, std::chrono::seconds lifetime, std::chrono::seconds interval) {
    return init_done() + steps{begin, replies{begun(more)}, shows_link(lifetime)} + is_pending(interval) +
           steps{awaits{interval}};
}

}  // namespace

std::vector<script> scripts_of_start() {
    const auto down = fails{connect, "refused"};
    const auto told_1 = reports{status::retrying, 1s, "refused"};
    const auto told_2 = reports{status::retrying, 2s, "refused"};
    std::vector<script> all{
        {"1, 2 init, begin, first poll at once; credentials", {}, begin_done() + succeeds()},
        {"2 an option skips init",
         {.check_auth_methods = false},
         steps{begin, replies{begun()}, shows_link()} + succeeds()},
        {"1 unknown fields are ignored everywhere",
         {},
         steps{init, replies{R"({"x":{"error":"e"},"supported_auth_methods":["a","client_secret"],"y":[[]]})"}, begin,
               replies{begun(R"(,"expires_in":600,"interval":5,"code":0,"more":{"device_code":"no"})")}, shows_link()} +
             succeeds()},

        // supported_auth_methods
        {"2 init: other methods only",
         {},
         {init, replies{R"({"supported_auth_methods":["private_key_jwt"]})"},
          refused("unsupported_auth_method", "the service does not offer the auth method client_secret")}},
        {"2 init: methods missing",
         {},
         {init, replies{"{}"},
          refused("unsupported_auth_method", "the service does not offer the auth method client_secret")}},
        {"2 init: methods no array",
         {},
         {init, replies{R"({"supported_auth_methods":"client_secret"})"},
          refused("unsupported_auth_method", "the service does not offer the auth method client_secret")}},
        {"2 init: the string must be in the array itself",
         {},
         {init, replies{R"({"supported_auth_methods":[["client_secret"],{"client_secret":"client_secret"}]})"},
          refused("unsupported_auth_method", "the service does not offer the auth method client_secret")}},

        // error decides first, with any status
        {"2 init: error with 200",
         {},
         {init,
          replies{R"({"error":"invalid_client","error_description":"no","supported_auth_methods":["client_secret"]})"},
          ends_with(other, "invalid_client", "no", false)}},
        {"2 init: a gateway's error with 503 is not the service's word",
         {},
         steps{init, replies{error_body("temporarily_unavailable"), 503},
               reports{status::retrying, 1s, "HTTP 503, error temporarily_unavailable: about temporarily_unavailable"},
               waits{1s}} +
             begin_done() + succeeds()},
        {"2 begin: Spring's error page",
         {},
         init_done() +
             steps{begin, replies{R"({"status":500,"error":"Internal Server Error"})", 500},
                   reports{status::retrying, 1s, "HTTP 500, error Internal Server Error"}, waits{1s}, begin,
                   replies{begun()}, shows_link()} +
             succeeds()},
        {"2 begin: rate_limited with Retry-After",
         {},
         init_done() +
             steps{begin, replies{R"({"error":"rate_limited"})", 429, {{"Retry-After", "4"}}},
                   reports{status::retrying, 4s, "HTTP 429, error rate_limited"}, waits{4s}, begin, replies{begun()},
                   shows_link()} +
             succeeds()},
        {"2 init: slow_down with 429",
         {},
         steps{init, replies{slow_down, 429},
               reports{status::retrying, 1s, "HTTP 429, error slow_down: about slow_down"}, waits{1s}} +
             begin_done() + succeeds()},
        {"2 begin: access_denied with 503",
         {},
         init_done() + steps{begin, replies{error_body("access_denied"), 503},
                             ends_with(access_denied, "access_denied", "about access_denied", false)}},
        {"2 begin: a gateway that quotes what begin brought",
         {},
         init_done() +
             steps{begin, replies{begun(R"(,"error":")" + device_code + ' ' + user_code + '"'), 502},
                   reports{status::retrying, 1s, "HTTP 502, error [redacted] [redacted]"}, waits{1s}, begin,
                   replies{begun()}, shows_link()} +
             succeeds()},
        {"2 begin: a gateway's error, three tries",
         {},
         init_done() + steps{begin, replies{R"({"error":"Bad Gateway"})", 502},
                             reports{status::retrying, 1s, "HTTP 502, error Bad Gateway"}, waits{1s}, begin,
                             replies{R"({"error":"Bad Gateway"})", 502},
                             reports{status::retrying, 2s, "HTTP 502, error Bad Gateway"}, waits{2s}, begin,
                             replies{R"({"error":"Bad Gateway"})", 502},
                             refused("http_error", "HTTP 502, error Bad Gateway; given up after 3 tries")}},

        // the platform's envelope
        {"2 init: an error of the platform",
         {},
         {init, replies{R"({"code":20001,"msg":"no such tenant"})", 403},
          refused("http_error", "HTTP 403, code 20001: no such tenant")}},
        {"2 begin: an error of the platform",
         {},
         init_done() + steps{begin, replies{R"({"code":20001,"msg":"no such tenant"})", 403},
                             refused("http_error", "HTTP 403, code 20001: no such tenant")}},
        {"2 begin: an error of the platform with 200",
         {},
         init_done() + steps{begin, replies{R"({"code":20001,"msg":"m"})"},
                             refused("invalid_response", "HTTP 200, code 20001: m")}},
        {"2 begin: the platform's rate limit is retried",
         {},
         init_done() +
             steps{begin, replies{R"({"code":99991400,"msg":"too many"})", 400},
                   reports{status::retrying, 1s, "HTTP 400, code 99991400: too many"}, waits{1s}, begin,
                   replies{begun()}, shows_link()} +
             succeeds()},
        {"2 init: the platform's rate limit is retried, with 200 and its own wait",
         {},
         steps{init, replies{R"({"code":99991400,"msg":"too many"})", 200, {{"X-Ogw-Ratelimit-Reset", "2.5"}}},
               reports{status::retrying, 3s, "HTTP 200, code 99991400: too many"}, waits{3s}} +
             begin_done() + succeeds()},
        {"2 begin: a code beside a complete reply does not matter",
         {},
         init_done() + steps{begin, replies{begun(R"(,"code":20094,"msg":"m")"), 400}, shows_link()} + succeeds()},
        {"2 begin: error with 400",
         {},
         init_done() + steps{begin, replies{error_body("unauthorized_client"), 400},
                             ends_with(other, "unauthorized_client", "about unauthorized_client", false)}},
        {"2 begin: error with 302",
         {},
         init_done() + steps{begin, replies{error_body("x"), 302}, ends_with(other, "x", "about x", false)}},
        {"2 init: slow_down is an error like any other",
         {},
         {init, replies{slow_down, 400}, ends_with(other, "slow_down", "about slow_down", false)}},
        {"2 begin: authorization_pending is an error like any other",
         {},
         init_done() + steps{begin, replies{pending, 400},
                             ends_with(other, "authorization_pending", "about authorization_pending", false)}},
        {"1 a key is not cut at an escaped NUL",
         {},
         init_done() + steps{begin, replies{begun(R"(,"error\u0000x":"e")")}, shows_link()} + succeeds()},
        {"2 begin: error beside a complete reply",
         {},
         init_done() +
             steps{begin, replies{begun(R"(,"error":"server_error")")}, ends_with(other, "server_error", "", false)}},
        {"2 begin: access_denied is a denial",
         {},
         init_done() + steps{begin, replies{error_body("access_denied"), 403},
                             ends_with(access_denied, "access_denied", "about access_denied", false)}},
        {"2 begin: an error that is no string is none",
         {},
         init_done() + steps{begin, replies{begun(R"(,"error":17)")}, shows_link(600s)} + succeeds()},

        // required fields of begin
        {"2 begin: no device_code",
         {},
         begins_with(R"("verification_uri_complete":"https://a.b/c")") +
             steps{refused("invalid_response", "the begin reply has no device_code")}},
        {"2 begin: empty device_code",
         {},
         begins_with(R"("device_code":"","verification_uri_complete":"https://a.b/c")") +
             steps{refused("invalid_response", "the begin reply has no device_code")}},
        {"2 begin: device_code a number",
         {},
         begins_with(R"("device_code":7,"verification_uri_complete":"https://a.b/c")") +
             steps{refused("invalid_response", "the begin reply has no device_code")}},
        {"2 begin: no link",
         {},
         begins_with(R"("device_code":"d")") +
             steps{refused("invalid_response", "the begin reply has no verification_uri_complete")}},
        {"2 begin: link an object",
         {},
         begins_with(R"("device_code":"d","verification_uri_complete":{})") +
             steps{refused("invalid_response", "the begin reply has no verification_uri_complete")}},
        {"2 begin: 404 with an object without error",
         {},
         init_done() + steps{begin, replies{"{}", 404},
                             refused("invalid_response", "the begin reply has no device_code (HTTP 404)")}},
        {"2 init: 404 with an object without error",
         {},
         {init, replies{R"({"code":404,"msg":"not found"})", 404},
          refused("http_error", "HTTP 404, code 404: not found")}},
        {"2 init: 404 with an object that says nothing",
         {},
         {init, replies{"{}", 404},
          refused("unsupported_auth_method", "the service does not offer the auth method client_secret (HTTP 404)")}},

        // lifetime
        {"2 expires_in 3600 as the live service", {}, lives(R"(,"expires_in":3600,"interval":5)", 3600s, 5s)},
        {"2 expire_in is read too", {}, lives(R"(,"expire_in":300)", 300s, 5s)},
        {"2 expires_in wins over expire_in", {}, lives(R"(,"expire_in":300,"expires_in":900)", 900s, 5s)},
        {"2 expires_in null counts as missing", {}, lives(R"(,"expire_in":300,"expires_in":null)", 300s, 5s)},
        {"2 expires_in out of range counts as missing", {}, lives(R"(,"expire_in":300,"expires_in":1e400)", 300s, 5s)},
        {"2 lifetime missing", {}, lives("", 600s, 5s)},
        {"2 lifetime zero", {}, lives(R"(,"expires_in":0)", 600s, 5s)},
        {"2 lifetime negative", {}, lives(R"(,"expires_in":-1)", 600s, 5s)},
        {"2 lifetime a string", {}, lives(R"(,"expires_in":"300")", 600s, 5s)},
        {"2 lifetime a boolean", {}, lives(R"(,"expires_in":true)", 600s, 5s)},
        {"2 lifetime an array", {}, lives(R"(,"expires_in":[300])", 600s, 5s)},
        {"2 lifetime an object", {}, lives(R"(,"expires_in":{"expires_in":300})", 600s, 5s)},
        {"2 lifetime capped at one day", {}, lives(R"(,"expires_in":86401)", 86400s, 5s)},
        {"2 lifetime fraction rounded down", {}, lives(R"(,"expires_in":99.999)", 99s, 5s)},

        // interval
        {"2 interval missing", {}, lives(R"(,"expires_in":600)", 600s, 5s)},
        {"2 R2 interval null", {}, lives(R"(,"interval":null)", 600s, 5s)},
        {"2 interval zero is no hot loop", {}, lives(R"(,"interval":0)", 600s, 5s)},
        {"2 interval negative", {}, lives(R"(,"interval":-3)", 600s, 5s)},
        {"2 interval 7", {}, lives(R"(,"interval":7)", 600s, 7s)},
        {"2 interval 1", {}, lives(R"(,"interval":1)", 600s, 1s)},
        {"2 interval a numeric string", {}, lives(R"(,"interval":"7")", 600s, 7s)},
        {"2 interval another string", {}, lives(R"(,"interval":"7 s")", 600s, 5s)},
        {"2 interval an empty string", {}, lives(R"(,"interval":"")", 600s, 5s)},
        {"2 interval infinite in words", {}, lives(R"(,"interval":"inf")", 600s, 5s)},
        {"2 interval a boolean", {}, lives(R"(,"interval":true)", 600s, 5s)},
        {"2 interval an array", {}, lives(R"(,"interval":[7])", 600s, 5s)},
        {"2 interval out of range", {}, lives(R"(,"interval":1e999)", 600s, 5s)},
        {"2 interval capped at 300", {}, lives(R"(,"expires_in":3600,"interval":301)", 3600s, 300s)},
        {"3 interval fraction rounds up", {}, lives(R"(,"interval":7.01)", 600s, 8s)},
        {"2 the lifetime starts when begin is handled: a slow callback never extends it",
         {},
         init_done() + steps{begin, replies{begun(R"(,"expires_in":20)")}, shows_link(20s), passes{12s},
                             sends{action::poll, host::feishu, 11s}, replies{pending}, reports{status::polling, 5s},
                             waits{5s}, sends{action::poll, host::feishu, 6s}, replies{pending},
                             reports{status::polling, 5s}, waits{2s}, sends{action::poll, host::feishu, 4s},
                             replies{pending}, waits{1s}, ends_expired_here(20)}},

        // retryable failures
        {"2 init: refused, three tries",
         {},
         {init, down, told_1, waits{1s}, init, down, told_2, waits{2s}, init, down,
          refused("network_error", "refused; given up after 3 tries")}},
        {"2 begin: each step has three tries of its own",
         {},
         steps{init, down, told_1, waits{1s}, init, down, told_2, waits{2s}} + init_done() +
             steps{begin, down, told_1, waits{1s}, begin, down, told_2, waits{2s}, begin, replies{begun()},
                   shows_link()} +
             succeeds()},
        {"2 begin: three tries",
         {},
         init_done() + steps{begin, down, told_1, waits{1s}, begin, down, told_2, waits{2s}, begin, down,
                             refused("network_error", "refused; given up after 3 tries")}},
        {"2 retried: temporary resolver failure",
         {},
         steps{init, fails{name_temporary, "try again"}, reports{status::retrying, 1s, "try again"}, waits{1s}} +
             begin_done() + succeeds()},
        {"2 retried: timed out, by the transport's word",
         {},
         steps{init, fails{timeout, "connecting"}, reports{status::retrying, 1s, "connecting"}, waits{1s}} +
             begin_done() + succeeds()},
        {"2 retried: cut",
         {},
         steps{init, fails{cut, "reset"}, reports{status::retrying, 1s, "reset"}, waits{1s}} + begin_done() +
             succeeds()},
        {"2 retried: HTTP 429",
         {},
         steps{init, replies{"", 429}, reports{status::retrying, 1s, "HTTP 429"}, waits{1s}} + begin_done() +
             succeeds()},
        {"2 retried: HTTP 500",
         {},
         steps{init, replies{"oops", 500}, reports{status::retrying, 1s, "HTTP 500"}, waits{1s}} + begin_done() +
             succeeds()},
        {"2 retried: HTTP 599 with an object without error",
         {},
         steps{init, replies{init_ok, 599}, reports{status::retrying, 1s, "HTTP 599"}, waits{1s}} + begin_done() +
             succeeds()},
        {"2 begin retried: HTTP 502",
         {},
         init_done() +
             steps{begin, replies{"<html>", 502}, reports{status::retrying, 1s, "HTTP 502"}, waits{1s}, begin,
                   replies{begun()}, shows_link()} +
             succeeds()},
        {"2 retried: timed out, by the flow's own clock",
         {},
         steps{init, waits{15s}, abandons{}, reports{status::retrying, 1s, "no reply within 15 s"}, waits{1s},
               sends{action::init, host::feishu, 14s}, replies{init_ok}, sends{action::begin, host::feishu, 14s},
               replies{begun()}, shows_link()} +
             succeeds()},

        // permanent failures
        {"2 unknown host ends at once",
         {},
         {init, fails{name_unknown, "no such host"}, refused("network_error", "no such host")}},
        {"2 a certificate that does not verify ends at once",
         {},
         {init, fails{certificate, "expired"}, refused("certificate_error", "expired")}},
        {"2 begin: certificate",
         {},
         init_done() + steps{begin, fails{certificate, "expired"}, refused("certificate_error", "expired")}},
        {"2 TLS ends at once",
         {},
         {init, fails{tls, "no shared cipher"}, refused("network_error", "no shared cipher")}},
        {"2 proxy ends at once", {}, {init, fails{proxy, "407"}, refused("network_error", "407")}},
        {"2 no HTTP ends at once", {}, {init, fails{protocol, ""}, refused("invalid_response", "protocol")}},
        {"2 too large ends at once", {}, {init, fails{too_large, ""}, refused("invalid_response", "too_large")}},
        {"2 init: no JSON",
         {},
         {init, replies{"<html>"}, refused("invalid_response", "the reply is not a JSON object (HTTP 200)")}},
        {"2 init: an array",
         {},
         {init, replies{R"([{"error":"x"}])"},
          refused("invalid_response", "the reply is not a JSON object (HTTP 200)")}},
        {"2 init: empty body with 404",
         {},
         {init, replies{"", 404}, refused("http_error", "the reply is not a JSON object (HTTP 404)")}},
        {"2 init: 204",
         {},
         {init, replies{"", 204}, refused("invalid_response", "the reply is not a JSON object (HTTP 204)")}},
        {"1 redirects are never followed",
         {},
         {init, replies{"", 302, {{"Location", "https://evil.example/"}}},
          refused("http_error", "HTTP 302: redirects are not followed")}},
        {"2 begin: a body over the cap",
         {},
         init_done() + steps{begin, replies{std::string(256 * 1024 + 1, ' ')},
                             refused("invalid_response", "the reply is over 256 KiB")}},

        // the budget of both together
        {"2 both within 30 s: no try that would begin after it",
         {},
         {init, waits{15s}, abandons{}, reports{status::retrying, 1s, "no reply within 15 s"}, waits{1s},
          sends{action::init, host::feishu, 14s}, waits{14s}, abandons{},
          refused("timeout",
                  "no reply within 14 s; given up, since the next try in 2 s would be past the time for the "
                  "start")}},
        {"2 the budget is an option, and caps the timeout",
         {.start_budget = 4s},
         {sends{action::init, host::feishu, 4s}, fails{cut, ""}, reports{status::retrying, 1s, "cut"}, waits{1s},
          sends{action::init, host::feishu, 3s}, replies{init_ok}, passes{1s}, sends{action::begin, host::feishu, 3s},
          fails{cut, ""}, reports{status::retrying, 1s, "cut"}, waits{1s}, sends{action::begin, host::feishu, 2s},
          fails{cut, ""},
          refused("network_error", "cut; given up, since the next try in 2 s would be past the time for the start")}},
        {"2 the try just within the budget goes out",
         {.start_budget = 1001ms},
         steps{sends{action::init, host::feishu, 1001ms}, fails{cut, ""}, reports{status::retrying, 1s, "cut"},
               waits{1s}, sends{action::init, host::feishu, 1ms}, replies{init_ok},
               sends{action::begin, host::feishu, 1ms}, replies{begun()}, shows_link()} +
             succeeds()},
        {"4 request timeout is an option",
         {.request_timeout = 2s},
         steps{sends{action::init, host::feishu, 2s}, replies{init_ok}, sends{action::begin, host::feishu, 2s},
               replies{begun()}, shows_link(), sends{action::poll, host::feishu, 2s}, waits{2s}, abandons{},
               reports{status::retrying, 10s, "no reply within 2 s"}, waits{10s}, sends{action::poll, host::feishu, 2s},
               replies{credentials(), 200, {}, true}, ends_with_app()}},
        {"4 time spent waiting for a turn in the driver is not the request's",
         {},
         {passes{1h}, init, passes{3s}, fails{cut, ""}, reports{status::retrying, 1s, "cut"}, waits{1s}, passes{10min},
          init, replies{init_ok}, passes{10min}, begin, passes{2s}, feeds_time{}, awaits{13s}}},

        // Time beyond a deadline passed while the machine was suspended, so it does not count against the service
        // either.
        {"2 a suspend while init is out does not eat the budget",
         {},
         steps{init, passes{60s}, feeds_time{}, abandons{}, reports{status::retrying, 1s, "no reply within 15 s"},
               waits{1s}, sends{action::init, host::feishu, 14s}, replies{init_ok},
               sends{action::begin, host::feishu, 14s}, replies{begun()}, shows_link()} +
             succeeds()},
        {"2 a suspend before init's next try does not eat the budget",
         {.start_budget = 5s},
         steps{sends{action::init, host::feishu, 5s}, down, told_1, passes{1h}, feeds_time{},
               sends{action::init, host::feishu, 4s}, replies{init_ok}, sends{action::begin, host::feishu, 4s},
               replies{begun()}, shows_link()} +
             succeeds()},
        {"2 a failure of init that is fed late does not eat the budget",
         {.request_timeout = 3s, .start_budget = 5s},
         {sends{action::init, host::feishu, 3s}, passes{1h}, down, told_1, waits{1s},
          sends{action::init, host::feishu, 1s}, replies{init_ok}, sends{action::begin, host::feishu, 1s},
          replies{begun()}, shows_link()}},
        {"2 init's good reply after a suspend leaves begin its time",
         {},
         steps{init, passes{1h}, replies{init_ok}, sends{action::begin, host::feishu, 15s}, replies{begun()},
               shows_link()} +
             succeeds()},
        {"2 init's good reply after a suspend, with Retry-After",
         {},
         steps{init, passes{1h}, replies{init_ok, 200, {{"Retry-After", "14"}}}, passes{1h}, feeds_time{},
               sends{action::begin, host::feishu, 1s}, replies{begun()}, shows_link()} +
             succeeds()},
        {"2 a suspend while begin is out, and before its next try",
         {.request_timeout = 3s, .start_budget = 9s},
         {sends{action::init, host::feishu, 3s}, replies{init_ok}, sends{action::begin, host::feishu, 3s}, passes{1h},
          feeds_time{}, abandons{}, reports{status::retrying, 1s, "no reply within 3 s"}, passes{1h}, feeds_time{},
          sends{action::begin, host::feishu, 3s}, fails{cut, ""}, reports{status::retrying, 2s, "cut"}, waits{2s},
          sends{action::begin, host::feishu, 3s}, replies{begun()}, shows_link()}},

        // Retry-After at the start
        {"3 Retry-After at init: longer than the back-off",
         {},
         steps{init, replies{"", 503, {{"Retry-After", "7"}}}, reports{status::retrying, 7s, "HTTP 503"}, waits{7s}} +
             begin_done() + succeeds()},
        {"3 Retry-After at init: shorter than the back-off",
         {},
         steps{init, down, told_1, waits{1s}, init, replies{"", 503, {{"retry-after", "1"}}},
               reports{status::retrying, 2s, "HTTP 503"}, waits{2s}} +
             begin_done() + succeeds()},
        {"3 Retry-After at init: exceeds the time left",
         {},
         {init, replies{"", 503, {{"Retry-After", "31"}}},
          refused("http_error",
                  "HTTP 503; given up, since the next try in 31 s would be past the time for the start")}},
        {"3 Retry-After counts on init's good reply",
         {},
         steps{init, replies{init_ok, 200, {{"Retry-After", "4"}}}, waits{4s}, begin, replies{begun()}, shows_link()} +
             succeeds()},
        {"3 Retry-After on init's good reply exceeds the time left",
         {},
         {init, replies{init_ok, 200, {{"Retry-After", "40"}}},
          refused("http_error", "the service asks to wait 40 s, longer than the start may take")}},
        {"3 Retry-After counts on begin's good reply",
         {},
         init_done() + steps{begin, replies{begun(), 200, {{"Retry-After", "9"}}}, shows_link(), waits{9s}} +
             succeeds()},
        {"3 first poll after one interval, by option",
         {.first_poll = first_poll::after_interval},
         begin_done(begun(R"(,"interval":7)")) + steps{waits{7s}} + succeeds()},
        {"3 first poll after one interval, with margin",
         {.interval_margin = 1.5, .first_poll = first_poll::after_interval},
         begin_done(begun(R"(,"interval":7)")) + steps{waits{11s}} + succeeds()},
    };
    // Links that must not reach a user, and those that may.
    for (const auto* url : {"javascript:alert(1)",
                            "JavaScript://x/%0aalert(1)",
                            "http://open.feishu.cn/x",
                            "https://",
                            "https:///x",
                            "/page",
                            "open.feishu.cn/x",
                            "data:text/html,x",
                            "https://user@open.feishu.cn/",
                            "https://user:pw@open.feishu.cn/",
                            "https://@open.feishu.cn/",
                            "https://a b/",
                            "https://a/ b",
                            "https://a/\\\\b",
                            "https://a\\\\@b/",
                            "https://a/\\u0000",
                            "https://a/\\n",
                            "https://a/\\u0085x",
                            "ftp://a/b",
                            "https:a",
                            "https://a:0/",
                            "https://a:70000/",
                            "https://a:b/",
                            "http://127.0.0.1/x",
                            "https://%/",
                            "https://%00/",
                            "https://./",
                            "https://[:::::]/"})
        all.push_back(
            {std::string{"2 a link that no user must see: "} + url,
             {},
             begins_with(R"("device_code":"d","verification_uri_complete":")" + std::string{url} + '"') +
                 steps{refused(
                     "invalid_response",
                     "verification_uri_complete in the begin reply is not an https URL that may be shown to a user")}});
    all.push_back(
        {"2 a link over 16 KiB",
         {},
         begins_with(R"("device_code":"d","verification_uri_complete":"https://a/)" + std::string(16 * 1024, 'x') +
                     '"') +
             steps{refused("invalid_response", "verification_uri_complete in the begin reply is over 16 KiB")}});
    for (const auto* uri : {"javascript:alert(1)", "http://open.feishu.cn/x", "https://user@a/", "", "https://a/\\n"})
        all.push_back({std::string{"2 verification_uri is held to the same rule, or dropped: "} + uri,
                       {},
                       init_done() +
                           steps{begin, replies{begun(R"(,"verification_uri":")" + std::string{uri} + '"')},
                                 shows{link_for_user, 600s, user_code, ""}} +
                           succeeds()});
    all.push_back({"2 R3 no user code and no plain URI",
                   {},
                   begins_with(R"("device_code":"dc/MARKED+code==","verification_uri_complete":"https://h/p")") +
                       steps{shows{"https://h/p?from=sdk&tp=sdk&source=cpp-sdk", 600s, "", ""}} + succeeds()});
    const std::string page = "/page/cli?user_code=MARKED-USER&from=sdk&tp=sdk&source=cpp-sdk";
    all.push_back(
        {"2 link style cli_page",
         {.link_style = link_style::cli_page},
         init_done() +
             steps{begin, replies{begun()}, shows{"https://open.feishu.cn" + page, 600s, user_code, plain_uri}} +
             succeeds()});
    all.push_back(
        {"2 link style cli_page, Lark; begin goes to domain all the same",
         {.link_style = link_style::cli_page, .link_brand = brand::lark},
         init_done() +
             steps{begin, replies{begun()}, shows{"https://open.larksuite.com" + page, 600s, user_code, plain_uri}} +
             succeeds()});
    all.push_back({"2 link style cli_page without a user code",
                   {.link_style = link_style::cli_page},
                   begins_with(R"("device_code":"d","verification_uri_complete":"https://h/p")") +
                       steps{refused("invalid_response",
                                     "the begin reply has no user_code, which the link of these options needs")}});
    all.push_back({"2 link style cli_page needs the user code alone",
                   {.link_style = link_style::cli_page},
                   begins_with(R"("device_code":"dc/MARKED+code==","user_code":"MARKED-USER")") +
                       steps{shows{"https://open.feishu.cn" + page, 600s, user_code, ""}} + succeeds()});
    all.push_back({"2 the launcher on the open host of a brand",
                   {.link_brand = brand::lark},
                   begins_with(R"-("device_code":"dc/MARKED+code==","user_code":"MARKED-USER",)-"
                               R"-("verification_uri_complete":"javascript:alert(1)")-") +
                       steps{shows{"https://open.larksuite.com/page/launcher?user_code=MARKED-USER&from=sdk&tp=sdk&"
                                   "source=cpp-sdk",
                                   600s, user_code, ""}} +
                       succeeds()});
    all.push_back({"2 the launcher of a brand without a user code",
                   {.link_brand = brand::feishu},
                   begins_with(R"("device_code":"d","verification_uri_complete":"https://h/p")") +
                       steps{refused("invalid_response",
                                     "the begin reply has no user_code, which the link of these options needs")}});
    all.push_back({"2 source",
                   {.source = "my tool/ü"},
                   init_done() +
                       steps{begin, replies{begun()},
                             shows{link_of_service + "&from=sdk&tp=sdk&source=cpp-sdk%2Fmy%20tool%2F%C3%BC", 600s,
                                   user_code, plain_uri}} +
                       succeeds()});
    return all;
}

}  // namespace lark::registration::testing
