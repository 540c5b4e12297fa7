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

        /// <summary>The tag of a name inside this one; it is made if there is none.</summary>
        public Tag Nested(string name)
        {
            fixed (byte* text = Utf8.Of(name))
                return new Tag(core, core.Need(Native.fa_tag_nested(core.A, Id, text)), Path + "::" + name);
        }

        /// <summary>A block that belongs to the tag, whatever the thread's current one is.</summary>
        public Block Block(ulong size, Intent intent = Intent.Auto, ulong alignment = Native.FA_ALIGN_DEFAULT)
        {
            Framealloc.Block.RequireIntent(intent);
            Native.fa_tagged view = Raw(core, core.Raw);
            void* made = Native.fa_tagged_alloc(&view, (int)intent, size, alignment);
            return new Block(core, core.NeedBlock(made), size);
        }

        /// <summary>An allocator seen through the tag.</summary>
        internal Native.fa_tagged Raw(Core of, IntPtr a)
        {
            if (core.Released || of.Pointer != core.Pointer)
                throw new ArgumentException("The tag is of another allocator.");
            return new Native.fa_tagged { allocator = a, tag = Id };
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
