// SPDX-License-Identifier: MIT OR Apache-2.0
using System;

namespace Framealloc
{
    /// <summary>A part of the program whose memory is counted; tags nest: "ai::pathfinding".</summary>
    public sealed unsafe class Tag
    {
        private readonly Core core;

        internal Tag(Core core, ulong id, string path)
        {
            this.core = core;
            Id = id;
            Path = path;
        }

        /// <summary>The fa_tag, for C.</summary>
        public ulong Id { get; }

        /// <summary>The whole path.</summary>
        public string Path { get; }

        /// <summary>Figures of what was taken under it.</summary>
        public TagStats Stats
        {
            get
            {
                var found = Native.fa_tag_stats.New();
                core.Check(Native.fa_tag_get_stats(core.A, Id, &found));
                return new TagStats(found);
            }
        }

        /// <summary>Its budget, and how far that is used.</summary>
        public BudgetUsage Budget
        {
            get
            {
                var found = Native.fa_budget_usage.New();
                core.Check(Native.fa_budget_get_tag(core.A, Id, &found));
                return new BudgetUsage(found);
            }
        }

        /// <summary>Bytes left under its budget and those around it.</summary>
        public ulong Remaining => Native.fa_budget_remaining(core.A, Id);

        /// <summary>What became of what was retained, when a frame of this thread last ended with promotions.</summary>
        public PromotionSummary Promotions
        {
            get
            {
                var found = Native.fa_promotion_summary.New();
                core.Check(Native.fa_promotions_of_tag(core.A, Id, &found));
                return new PromotionSummary(found);
            }
        }

        /// <summary>Has the calling thread take memory under it until the scope is disposed of.</summary>
        public Scope Enter()
        {
            return Scope.Begun(core, ScopeKind.Tag, Native.fa_tag_push(core.A, Id));
        }

        /// <summary>Gives it a budget.</summary>
        public void SetBudget(Budget budget)
        {
            Native.fa_budget raw = budget.Raw(core, Path);
            core.Check(Native.fa_budget_set_tag(core.A, Id, &raw));
        }

        /// <inheritdoc/>
        public override string ToString()
        {
            return Path;
        }
    }
}
