// SPDX-License-Identifier: MIT
#pragma once

#include <lark/fake.hpp>
#include <lark/injected.hpp>
#include <lark/poco/http_client.hpp>

#include "../contract/plain_client.hpp"

#include <functional>
#include <memory>
#include <mutex>
#include <string>

/// The same service, reached in three ways.
namespace lark::contract {

/// The fake: in process, on a virtual clock.
class fake_stage {
public:
    explicit fake_stage(fake::service_options options = {}) : service_(std::move(options)) {}

    [[nodiscard]] injected::http_client& http() noexcept { return client_; }
    [[nodiscard]] registration::options registration_options() const { return {}; }
    [[nodiscard]] std::string domain() const { return "https://open.feishu.cn"; }
    [[nodiscard]] std::string lark_domain() const { return "https://open.larksuite.com"; }
    void with_service(const std::function<void(fake::accounts_service&, time_point)>& use) {
        use(service_, client_.now());
    }

private:
    fake::accounts_service service_;
    fake::http_client client_{service_};
};

/// A transport whose sleeps take no time: its clock is ahead of the inner one by the time slept.
class hurried_client final : public injected::http_client {
public:
    explicit hurried_client(std::unique_ptr<injected::http_client> inner) : inner_(std::move(inner)) {}
    http_result send(const http_request& request, std::stop_token stop) override {
        return inner_->send(request, std::move(stop));
    }
    time_point now() override {
        const std::lock_guard lock{mutex_};
        return inner_->now() + ahead_;
    }
    void sleep_until(time_point deadline, std::stop_token) override {
        const std::lock_guard lock{mutex_};
        const auto left = deadline - (inner_->now() + ahead_);
        if (left > duration::zero()) ahead_ += left;
    }

private:
    std::unique_ptr<injected::http_client> inner_;
    std::mutex mutex_;
    duration ahead_{};
};

/// The sandbox on loopback.
class sandbox_stage {
public:
    sandbox_stage(fake::sandbox_options options) : sandbox_(std::move(options)) {}

    [[nodiscard]] injected::http_client& http() noexcept { return *http_; }
    [[nodiscard]] registration::options registration_options() const {
        return {.domain = sandbox_.url(), .lark_domain = sandbox_.lark_url()};
    }
    [[nodiscard]] std::string domain() const { return sandbox_.url(); }
    [[nodiscard]] std::string lark_domain() const { return sandbox_.lark_url(); }
    void with_service(const std::function<void(fake::accounts_service&, time_point)>& use) {
        sandbox_.with_service(use);
    }

protected:
    fake::sandbox sandbox_;
    std::unique_ptr<hurried_client> http_{};
};

/// An injected transport, over plain HTTP.
class injected_stage : public sandbox_stage {
public:
    explicit injected_stage(fake::service_options options = {}) : sandbox_stage({.service = std::move(options)}) {
        http_ = std::make_unique<hurried_client>(std::make_unique<plain_client>());
    }
};

/// Poco, over TLS.
class poco_stage : public sandbox_stage {
public:
    explicit poco_stage(fake::service_options options = {})
        : sandbox_stage({.service = std::move(options), .tls = true}) {
        http_ = std::make_unique<hurried_client>(
            std::make_unique<poco::http_client>(poco::http_options{.ca_file = sandbox_.ca_file().string()}));
    }
};

}  // namespace lark::contract
