// SPDX-License-Identifier: MIT OR Apache-2.0
using System;

namespace Framealloc
{
    /// <summary>How much memory something may have, in bytes; 0 is no limit.</summary>
    public sealed unsafe class Budget
    {
        /// <summary>Reached: it is reported, and the request goes on.</summary>
        public ulong Soft { get; set; }

        /// <summary>Reached: <see cref="Policy"/> says what becomes of the request.</summary>
        public ulong Hard { get; set; }

        /// <summary>Per cent of the hard limit from which on a warning is told; 0 for none.</summary>
        public uint WarningPercent { get; set; }

        /// <summary>What becomes of requests beyond the hard limit.</summary>
        public BudgetPolicy Policy { get; set; }

        /// <summary>Is asked about each request that meets the hard limit, in place of the policy.</summary>
        public Func<BudgetEvent, BudgetPolicy> Decide { get; set; }

        /// <summary>For C; whose it is says which function that decides it replaces.</summary>
        internal Native.fa_budget Raw(Core core, string whose)
        {
            var raw = Native.fa_budget.New();
            raw.soft_limit = Soft;
            raw.hard_limit = Hard;
            raw.warning_percent = WarningPercent;
            raw.policy = (int)Policy;
            if (Decide != null)
            {
                raw.policy = Native.FA_BUDGET_CUSTOM;
                raw.decide = Callbacks.Decide;
                raw.user = core.Put("decides for " + whose, Decide);
            }
            return raw;
        }
    }
}
