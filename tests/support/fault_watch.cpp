// SPDX-License-Identifier: MIT
#include "fault_watch.hpp"

#include "sanitizers.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <stdexcept>
#include <thread>

namespace lark::test {
namespace {

using namespace std::chrono_literals;

std::size_t entries_of(const char* folder) {
    const std::filesystem::directory_iterator entries{folder};
    return static_cast<std::size_t>(std::distance(begin(entries), end(entries)));
}

std::size_t status_bytes(const std::string& name) {
    std::ifstream status{"/proc/self/status"};
    for (std::string line; std::getline(status, line);)
        if (line.rfind(name + ":", 0) == 0) return std::stoul(line.substr(name.size() + 1)) * 1024;
    throw std::runtime_error{"/proc/self/status has no " + name};
}

void check(bool good, const char* what) {
    if (!good) throw std::runtime_error{what};
}

}  // namespace

held_resources held_now() {
    // ThreadSanitizer starts a thread of its own with the first one of the process.
    static const bool first = [] {
        std::thread{[] {}}.join();
        return true;
    }();
    static_cast<void>(first);
    return {entries_of("/proc/self/fd"), entries_of("/proc/self/task")};
}

held_resources settle(const held_resources& before) {
    held_resources now;
    static_cast<void>(comes_true([&] {
        now = held_now();
        return now.descriptors <= before.descriptors && now.threads <= before.threads;
    }));
    return now;
}

bool comes_true(const std::function<bool()>& condition) {
    const auto end = std::chrono::steady_clock::now() + 10s;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > end) return false;
        std::this_thread::sleep_for(1ms);
    }
    return true;
}

memory_peak::memory_peak() {
    std::ofstream reset{"/proc/self/clear_refs"};
    reset << "5" << std::flush;  // proc(5): the peak becomes what is resident now
    check(reset.good(), "the kernel does not reset the peak of the memory");
    before_ = status_bytes("VmRSS");
}

std::size_t memory_peak::growth_in_bytes() const {
    const auto peak = status_bytes("VmHWM");
    return peak > before_ ? peak - before_ : 0;
}

bool memory_peak::meaningful() noexcept { return !is_sanitized; }

captured_output::captured_output()
    : file_{::memfd_create("output", MFD_CLOEXEC)},
      out_{::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3)},
      error_{::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3)} {
    std::cout.flush();
    std::fflush(nullptr);
    check(file_ >= 0 && out_ >= 0 && error_ >= 0 && ::dup2(file_, STDOUT_FILENO) >= 0 &&
              ::dup2(file_, STDERR_FILENO) >= 0,
          "cannot capture the output");
}

captured_output::~captured_output() {
    restore();
    ::close(file_);
}

std::string captured_output::end() {
    restore();
    std::string text(static_cast<std::size_t>(::lseek(file_, 0, SEEK_END)), '\0');
    check(::pread(file_, text.data(), text.size(), 0) == static_cast<ssize_t>(text.size()), "cannot read the output");
    return text;
}

void captured_output::restore() {
    std::cout.flush();
    std::fflush(nullptr);
    if (out_ >= 0) {
        ::dup2(out_, STDOUT_FILENO);
        ::dup2(error_, STDERR_FILENO);
        ::close(out_);
        ::close(error_);
        out_ = error_ = -1;
    }
}

}  // namespace lark::test
