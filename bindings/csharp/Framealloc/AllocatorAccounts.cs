// SPDX-License-Identifier: MIT OR Apache-2.0
using System;

namespace Framealloc
{
    public sealed unsafe partial class Allocator
    {
        // Tags and phases

        /// <summary>A tag by its whole path; it is made if there is none.</summary>
        public Tag Tag(string path)
        {
            Tag known;
            return core.Tags.TryGetValue(path, out known) ? known : MadeTag(path);
        }

        private Tag MadeTag(string path)
        {
            fixed (byte* text = Utf8.Of(path))
                return core.Tags.GetOrAdd(path, new Tag(core, core.Need(Native.fa_tag_get(core.A, text)), path));
        }

        /// <summary>The tag of a path, or null if there is none.</summary>
        public Tag FindTag(string path)
        {
            fixed (byte* text = Utf8.Of(path))
                return Native.fa_tag_find(core.A, text) == 0 ? null : Tag(path);
        }

        /// <summary>Takes memory under a tag: <c>using (allocator.InTag("physics"))</c>.</summary>
        public Scope InTag(string path)
        {
            return Tag(path).Enter();
        }

        /// <summary>The tag that the calling thread takes memory under, or null.</summary>
        public Tag CurrentTag
        {
            get
            {
                ulong id = Native.fa_tag_current(core.A);
                return id == 0 ? null : Tag(PathOf(id));
            }
        }

        /// <summary>Every tag.</summary>
        public Tag[] Tags()
        {
            ulong total;
            core.Check(Native.fa_tag_list(core.A, null, 0, &total));
            var found = new ulong[total + 8];
            fixed (ulong* room = found)
                core.Check(Native.fa_tag_list(core.A, room, (ulong)found.Length, &total));
            return Lists.Made(found, total, id => Tag(PathOf(id)));
        }

        private string PathOf(ulong id)
        {
            var room = new byte[Native.fa_tag_path(core.A, id, null, 0) + 1];
            fixed (byte* text = room)
            {
                Native.fa_tag_path(core.A, id, text, (ulong)room.Length);
                return Utf8.Read(text);
            }
        }

        /// <summary>Takes memory under a tag inside the current one, which is made if there is none.</summary>
        public Scope InNestedTag(string name)
        {
            fixed (byte* text = Utf8.Of(name))
                return Scope.Begun(core, ScopeKind.Tag, Native.fa_tag_push_name(core.A, text));
        }

        /// <summary>Tags that the calling thread is inside of.</summary>
        public uint TagDepth => Native.fa_tag_depth(core.A);

        /// <summary>Phases that the calling thread is inside of.</summary>
        public uint PhaseDepth => Native.fa_phase_depth(core.A);

        /// <summary>
        /// A part of the frame, whose bytes and time are counted: <c>using (allocator.InPhase("broad"))</c>.
        /// </summary>
        public Scope InPhase(string name)
        {
            fixed (byte* text = Utf8.Of(name))
                return Scope.Begun(core, ScopeKind.Phase, Native.fa_phase_begin(core.A, text));
        }

        /// <summary>The phases of the last frame, or of the running one.</summary>
        public PhaseStats[] Phases(bool running = false)
        {
            int which = running ? Native.FA_PHASES_RUNNING : Native.FA_PHASES_LAST;
            var found = new PhaseStats[Native.fa_phase_count(core.A, which)];
            for (uint index = 0; index < found.Length; index++)
            {
                var one = Native.fa_phase_stats.New();
                core.Check(Native.fa_phase_at(core.A, which, index, &one));
                found[index] = new PhaseStats(one);
            }
            return found;
        }

        /// <summary>The first phase of a name; <see cref="NotFoundException"/> if there is none.</summary>
        public PhaseStats Phase(string name, bool running = false)
        {
            var found = Native.fa_phase_stats.New();
            int which = running ? Native.FA_PHASES_RUNNING : Native.FA_PHASES_LAST;
            fixed (byte* text = Utf8.Of(name))
                core.Check(Native.fa_phase_find(core.A, which, text, &found));
            return new PhaseStats(found);
        }

        /// <summary>What became of everything that was retained, in all frames that ended with promotions.</summary>
        public PromotionSummary Promotions
        {
            get
            {
                var found = Native.fa_promotion_summary.New();
                core.Check(Native.fa_promotions_total(core.A, &found));
                return new PromotionSummary(found);
            }
        }

        /// <summary>The same of one phase, when a frame of this thread last ended with promotions.</summary>
        public PromotionSummary PromotionsOfPhase(string phase)
        {
            var found = Native.fa_promotion_summary.New();
            fixed (byte* text = Utf8.Of(phase))
                core.Check(Native.fa_promotions_of_phase(core.A, text, &found));
            return new PromotionSummary(found);
        }

        // Budgets

        /// <summary>The budget of the whole allocator, and how far it is used.</summary>
        public BudgetUsage Budget
        {
            get
            {
                var found = Native.fa_budget_usage.New();
                core.Check(Native.fa_budget_get_global(core.A, &found));
                return new BudgetUsage(found);
            }
        }

        /// <summary>Bytes left under the hard limit of the allocator.</summary>
        public ulong Remaining => Native.fa_budget_remaining_global(core.A);

        /// <summary>Gives the whole allocator a budget.</summary>
        public void SetBudget(Budget budget)
        {
            Native.fa_budget raw = budget.Raw(core, "");
            core.Check(Native.fa_budget_set_global(core.A, &raw));
        }

        /// <summary>Gives the frames or the pool blocks of a lane, or of the calling thread's, a budget.</summary>
        public void SetBudget(Budget budget, Intent intent, Lane lane = null)
        {
            Native.fa_budget raw = budget.Raw(core, intent + " of lane " + (lane ?? CurrentLane).Address);
            core.Check(Native.fa_budget_set_lane(core.A, Lane.PointerOf(lane), (int)intent, &raw));
        }

        /// <summary>The budget of the frames or the pool blocks of a lane.</summary>
        public BudgetUsage BudgetOf(Intent intent, Lane lane = null)
        {
            var found = Native.fa_budget_usage.New();
            core.Check(Native.fa_budget_get_lane(core.A, Lane.PointerOf(lane), (int)intent, &found));
            return new BudgetUsage(found);
        }

        /// <summary>Has an action told of budgets that are reached; null for none.</summary>
        public void OnBudget(Action<BudgetEvent> action)
        {
            core.Replace("budget", action, (a, key) => Native.fa_budget_set_listener(
                a, action == null ? IntPtr.Zero : Callbacks.Budget, (void*)key));
        }

        /// <summary>Events of budgets since the last call, oldest first.</summary>
        public BudgetEvent[] BudgetEvents()
        {
            var found = new Native.fa_budget_event[64];
            ulong count;
            fixed (Native.fa_budget_event* room = found)
                core.Check(Native.fa_budget_poll(core.A, room, (ulong)found.Length, &count, null));
            return Lists.Made(found, count, one => new BudgetEvent(one));
        }
    }
}
