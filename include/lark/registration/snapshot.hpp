// SPDX-License-Identifier: MIT
#pragma once

#include <lark/export.hpp>
#include <lark/registration/trace.hpp>
#include <lark/secret.hpp>
#include <lark/time.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace lark::registration {

namespace detail {
struct snapshot_data;
}  // namespace detail

/// The driver's clock and the wall clock, read together.
struct wall_time {
    time_point now{};                              ///< on the driver's clock
    std::chrono::system_clock::time_point wall{};  ///< the same moment on the wall clock
};

/// Whether a flow goes on after it has been saved (protocol.md, section 9).
enum class after_save {
    stops,  ///< nothing polls until the snapshot is carried on: its first poll is due when this flow's next one is
    /// This flow polls on, and the snapshot is there in case it is lost: the first poll comes a whole interval after
    /// the snapshot is carried on.
    goes_on,
};

/// Where a saved registration stands.
enum class snapshot_state {
    polling,   ///< the user has not decided, and another poll is to come
    expiring,  ///< the last poll brought no end: it expires at `public_view::expires_at`
};

[[nodiscard]] LARK_EXPORT std::string_view to_string(snapshot_state s) noexcept;  ///< the enumerator's name

/// Whether a view has the link and the user code. Either is enough to approve.
enum class view_of_link {
    hidden,  ///< neither: for logs and operators
    shown,   ///< both: for the user who is to approve
};

/// The part of a snapshot that a browser or an operator may see: no device code, nothing about the user.
struct public_view {
    snapshot_state state = snapshot_state::polling;      ///< where it stands
    bool at_lark = false;                                ///< the user is on Lark: polls go to `options::lark_domain`
    std::chrono::system_clock::time_point expires_at{};  ///< when the code expires
    /// When the next poll is due; absent if the flow that was saved polled on, and in the state `expiring`.
    std::optional<std::chrono::system_clock::time_point> next_poll_at{};
    std::chrono::seconds interval{};  ///< between two polls, as the service wants it by now
    unsigned polls = 0;               ///< sent so far
    std::string last_error{};  ///< the last transient error that no good reply has followed, or empty; see `failure`
    log_id request_id{};       ///< of the last exchange, for the service's support; may be empty
    std::string link{};        ///< empty unless asked for
    std::string user_code{};   ///< the same; the service's own text, to be shown through `lark::printable`
    std::string verification_uri{};  ///< the same; empty too if the service gave none that is usable
};

/// A registration whose link is known, to be carried on by another flow: in another process, on another machine, after
/// a crash (protocol.md, section 9). Made by `flow::save`; a flow is made of it by a constructor of `flow`.
///
/// A secret: it holds the device code. Store its text encrypted, as passwords are. It never holds credentials.
///
/// Immutable; a copy shares the content, and so does what is moved. Threads: reading from several at once is fine.
class LARK_EXPORT snapshot {
public:
    snapshot(const snapshot&) = default;
    snapshot& operator=(const snapshot&) = default;
    ~snapshot();

    /// Reads what `text` returned, in this version of the library or an earlier one. Throws `snapshot_error`.
    [[nodiscard]] static snapshot parse(const secret& text);

    /// One line of JSON, without a line break; about 600 bytes.
    [[nodiscard]] secret text() const;

    /// The part that may be shown.
    [[nodiscard]] public_view view(view_of_link link = view_of_link::hidden) const;

private:
    friend class flow;
    explicit snapshot(std::shared_ptr<const detail::snapshot_data> data) noexcept;

    std::shared_ptr<const detail::snapshot_data> data_;  // never null
};

/// A text is not a snapshot that this library can carry on. `what()` says why, and quotes nothing of it.
class LARK_EXPORT snapshot_error : public std::runtime_error {
public:
    /// Why the text was rejected.
    enum class reason {
        malformed,        ///< cut, damaged, or no snapshot
        unknown_version,  ///< of a later version of the library
    };

    snapshot_error(reason why, const std::string& message);  ///< `message` becomes `what()`
    snapshot_error(const snapshot_error&) = default;
    snapshot_error& operator=(const snapshot_error&) = default;
    ~snapshot_error() override;

    [[nodiscard]] reason why() const noexcept { return why_; }  ///< what is wrong

private:
    reason why_;
};

}  // namespace lark::registration
