// SPDX-License-Identifier: MIT
#include "registration_worker.hpp"

#include "blocking_driver.hpp"
#include "registration_task.hpp"

#include <exception>
#include <utility>

namespace lark::injected::detail {
namespace {

registration::handlers handlers_of(const std::shared_ptr<registration_task>& task,
                                   const std::shared_ptr<http_client>& client) {
    return {.on_qr_code = [task](const registration::qr_code& qr) { task->deliver(qr); },
            .on_status_change = [task](const registration::status_change& change) { task->deliver(change); },
            .on_snapshot = [task](const registration::snapshot& saved) { task->deliver(saved); },
            .on_trace = [task,
                         client](const registration::trace_event& event) { task->deliver(event, client->wall_now()); }};
}

}  // namespace

registration_worker::registration_worker(const std::shared_ptr<registration_task>& task, registration::flow machine,
                                         const std::shared_ptr<http_client>& client, client_is owner)
    : owner_{owner},
      thread_{
          [task, client, stop = stop_.get_token(), machine = std::make_shared<registration::flow>(std::move(machine))] {
              try {
                  blocking_driver driver{std::move(*machine), handlers_of(task, client), *client, stop};
                  task->finish(driver.run());
              } catch (...) {  // what the client threw is reported through `get`
                  task->fail(std::current_exception());
              }
          }} {
    task->on_cancel([stop = stop_]() mutable { stop.request_stop(); });
}

registration_worker::~registration_worker() {
    if (thread_.is_detached()) return;
    stop_.request_stop();
    if (!thread_.is_here() && owner_ == client_is::borrowed) thread_.join();
    else if (thread_.is_here() || !thread_.join_within(shutdown_grace)) thread_.detach();
}

}  // namespace lark::injected::detail
