// SPDX-License-Identifier: MIT
#include "output.hpp"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <mutex>
#include <vector>

namespace lark::tools {

namespace {

/// Ends a system call that blocks. Ignored by default, so one that comes from outside does no harm.
constexpr int interruption = SIGURG;

/// The threads that are inside of `print`.
struct printing_threads {
    std::mutex mutex;
    std::vector<pthread_t> threads;
    bool interrupted = false;

    static printing_threads& instance() {
        static printing_threads all;
        return all;
    }
};

/// This thread, within a call of `print`.
class print_call {
public:
    print_call() {
        const std::scoped_lock lock(all_.mutex);
        all_.threads.push_back(self_);
    }
    print_call(const print_call&) = delete;
    print_call& operator=(const print_call&) = delete;
    ~print_call() {
        const std::scoped_lock lock(all_.mutex);
        const auto found = std::find_if(all_.threads.begin(), all_.threads.end(),
                                        [this](pthread_t thread) { return ::pthread_equal(thread, self_) != 0; });
        all_.threads.erase(found);
    }

    [[nodiscard]] bool interrupted() const {
        const std::scoped_lock lock(all_.mutex);
        return all_.interrupted;
    }

private:
    printing_threads& all_ = printing_threads::instance();
    const pthread_t self_ = ::pthread_self();
};

[[noreturn]] void fail(int error) {
    throw std::system_error(error, std::generic_category(), "cannot write the output");
}

}  // namespace

bool open_missing_streams() {
    bool has_output = true;
    for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
        if (::fcntl(stream, F_GETFD) >= 0) continue;
        if (stream == STDOUT_FILENO) has_output = false;
        // The lowest number that is free, which is this one.
        if (::open("/dev/null", stream == STDIN_FILENO ? O_RDONLY : O_WRONLY) != stream)
            throw std::system_error(errno, std::generic_category(), "cannot open /dev/null");
    }
    return has_output;
}

void ignore_write_signals() noexcept {
    ::signal(SIGPIPE, SIG_IGN);
    ::signal(SIGXFSZ, SIG_IGN);
}

void write_all(int file, std::string_view text) {
    while (!text.empty()) {
        const auto written = ::write(file, text.data(), text.size());
        if (written >= 0) text.remove_prefix(static_cast<std::size_t>(written));
        else if (errno != EINTR) fail(errno);
    }
}

void print(int stream, std::string_view text) {
    const print_call call;
    while (!text.empty()) {
        const auto written = ::write(stream, text.data(), text.size());
        if (written >= 0) {
            text.remove_prefix(static_cast<std::size_t>(written));
            continue;
        }
        int error = errno;
        if (error == EAGAIN || error == EWOULDBLOCK) {
            pollfd waited{stream, POLLOUT, 0};
            error = ::poll(&waited, 1, -1) < 0 ? errno : 0;
        }
        if (error == EINTR && call.interrupted()) fail(ECANCELED);
        if (error != 0 && error != EINTR) fail(error);
    }
}

bool try_to_print(int stream, std::string_view text) noexcept {
    try {
        print(stream, text);
        return true;
    } catch (const std::exception&) {
        return false;
    }
}

void interrupt_output() noexcept {
    struct sigaction does_nothing {};
    does_nothing.sa_handler = [](int) {};  // without SA_RESTART: the call returns
    ::sigaction(interruption, &does_nothing, nullptr);
    auto& all = printing_threads::instance();
    const std::scoped_lock lock(all.mutex);
    all.interrupted = true;
    for (const auto thread : all.threads) ::pthread_kill(thread, interruption);
}

}  // namespace lark::tools
