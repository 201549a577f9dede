// SPDX-License-Identifier: MIT
#pragma once

#include "registration/flow_state.hpp"
#include "registration/reply.hpp"

/// The account that a flow gives of its exchanges: protocol.md, section 10.
namespace lark::registration::detail {

/// The request that is out, as far as it is known before its answer.
[[nodiscard]] exchange_record exchange_that_is_out(const flow_state& f) noexcept;

/// The service's id of a request; none if it quotes a secret of the flow or of the reply, which may be null.
[[nodiscard]] log_id request_id_in(const flow_state& f, const http_response& response, const reply* reply);

[[nodiscard]] exchange_summary summary_of(const flow_state& f, const exchange_record& e, const log_id& id);

void add_facts(failure& why, const flow_state& f, const exchange_record& e, const log_id& id);

}  // namespace lark::registration::detail
