// SPDX-License-Identifier: MIT
#include "contract.hpp"

#include <lark/injected.hpp>
#include <lark/poco.hpp>

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>

BOOST_DATA_TEST_CASE(contract_over_https, lark::contract::scenarios(), scenario) {
    lark::contract::play_over_https(scenario, [](auto handlers, auto options, const auto& tls, auto stop) {
        return lark::poco::register_app(std::move(handlers), std::move(options), {.ca_file = tls.ca_file},
                                        std::move(stop));
    });
}

namespace {

using namespace std::chrono_literals;

/// Poco's client on the real wire, with a clock that jumps: ten polls need no ten intervals.
class hurried_client final : public lark::injected::http_client {
public:
    explicit hurried_client(lark::poco::http_options options) : wire_(std::move(options)) {}

    lark::http_result send(const lark::http_request& request, std::stop_token stop) override {
        return wire_.send(request, std::move(stop));
    }
    lark::time_point now() override { return now_; }
    void sleep_until(lark::time_point deadline, std::stop_token) override { now_ = std::max(now_, deadline); }

private:
    lark::poco::http_client wire_;
    lark::time_point now_ = lark::from_origin(1h);
};

}  // namespace

// A registration costs the service one TCP connection and one TLS handshake a host, however many polls.
BOOST_AUTO_TEST_CASE(ten_polls_share_one_connection_per_host) {
    lark::fake::sandbox sandbox{{.service = {.enforce_interval = false, .tenant_brand = "lark"}, .tls = true}};
    hurried_client client{{.ca_file = sandbox.ca_file()}};
    int polls = 0;
    const auto app = lark::injected::register_app(
        {.on_qr_code = [](const auto&) {},
         .on_status_change =
             [&](const auto& change) {
                 // Seven at the Feishu host, then the tenant turns out to be on Lark; three at the Lark host.
                 if (change.status == lark::registration::status::polling) ++polls;
                 sandbox.with_service([&](lark::fake::accounts_service& s, lark::time_point now) {
                     if (polls == 6) s.open(s.codes(now).front().user_code, now);
                     if (polls == 8) s.approve_all(now);
                 });
             }},
        {.domain = sandbox.url(), .lark_domain = sandbox.lark_url()}, client);
    BOOST_TEST(app.user_info->tenant_brand.value() == "lark");
    BOOST_TEST(sandbox.counters().feishu.poll == 7u);
    BOOST_TEST(sandbox.counters().lark.poll == 3u);
    for (const auto host : {lark::fake::host_role::feishu, lark::fake::host_role::lark}) {
        BOOST_TEST(sandbox.wire(host).connections == 1u);
        BOOST_TEST(sandbox.wire(host).tls_handshakes == 1u);
    }
}
