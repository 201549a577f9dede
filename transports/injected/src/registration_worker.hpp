// SPDX-License-Identifier: MIT
#pragma once

#include "background_thread.hpp"

#include <lark/injected/http_client.hpp>
#include <lark/registration/flow.hpp>

#include <memory>
#include <stop_token>

namespace lark::injected::detail {

class registration_task;

/// A thread that runs one registration over a blocking client. Owned by the handle of that registration.
class registration_worker {
public:
    /// Whether the thread shares the client, or the client must outlive it.
    enum class client_is { shared, borrowed };

    /// Throws `std::system_error` if no thread can be started.
    registration_worker(const std::shared_ptr<registration_task>& task, registration::flow machine,
                        const std::shared_ptr<http_client>& client, client_is owner);
    registration_worker(const registration_worker&) = delete;
    registration_worker& operator=(const registration_worker&) = delete;
    /// Requests a stop, and waits until the thread no longer uses the client. If it shares the client, it is waited for
    /// up to 100 ms. Not waited for on that thread.
    ~registration_worker();

    /// The registration runs on. The destructor does nothing then.
    void detach() { thread_.detach(); }

private:
    std::stop_source stop_;
    client_is owner_;
    background_thread thread_;
};

}  // namespace lark::injected::detail
