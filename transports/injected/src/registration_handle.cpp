// SPDX-License-Identifier: MIT
#include <lark/injected/registration_handle.hpp>

#include "registration_task.hpp"
#include "registration_worker.hpp"

#include <utility>

namespace lark::injected {

registration_handle::registration_handle(std::shared_ptr<detail::registration_task> task,
                                         std::unique_ptr<detail::registration_worker> worker) noexcept
    : task_{std::move(task)}, worker_{std::move(worker)} {}

registration_handle::registration_handle(registration_handle&&) noexcept = default;

registration_handle& registration_handle::operator=(registration_handle&& other) noexcept {
    if (this == &other) return *this;
    release();
    task_ = std::move(other.task_);
    worker_ = std::move(other.worker_);
    return *this;
}

registration_handle::~registration_handle() { release(); }

void registration_handle::release() noexcept {
    if (!task_) return;
    task_->abandon();
    worker_.reset();
    task_.reset();
}

void registration_handle::detach() {
    task_->check_detach();
    if (worker_) worker_->detach();
    worker_.reset();
    task_.reset();
}

registration::app registration_handle::get() { return task_->get(); }

std::future_status registration_handle::wait_for(std::chrono::nanoseconds time) const { return task_->wait_for(time); }

registration_state registration_handle::state() const { return task_->state(); }

bool registration_handle::when_over(std::function<void()> resume) { return task_->when_over(std::move(resume)); }

void registration_handle::cancel() noexcept {
    const auto kept = task_;  // a coroutine that goes on may destroy the handle
    kept->cancel();
}

}  // namespace lark::injected
