using P2P.Core.Blocks;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Node.Adapters;

namespace P2P.Node.Tests;

/// <summary>
/// Three nodes want to drop the same block, in every order that chance gives: they ask at the same time, answers lie about for long, nodes start again and
/// forget their marks.
/// </summary>
public sealed class LeavingBlocksTests
{
    private const int Steps = 400;
    private static readonly Cid s_cid = Cid.ForRaw("x"u8);

    [Fact]
    public async Task Whoever_drops_a_block_leaves_it_with_somebody_in_whatever_order_things_happen()
    {
        int dropped = 0;
        for (ulong seed = 0; seed < 3000; seed++)
        {
            int left = await HoldersAsync(seed, static (actor, _) => actor.Leaving.AnswerAsync(s_cid, actor, default));
            Assert.True(left > 0, $"seed {seed}: nobody has it any more");
            dropped += 3 - left;
        }

        Assert.True(dropped > 3000, $"{dropped} copies dropped of 6,000 that could go"); // else the test shows nothing
    }

    [Fact]
    public async Task The_same_orders_lose_blocks_when_the_answer_is_only_whether_one_has_it()
    {
        int lost = 0;
        for (ulong seed = 0; seed < 300; seed++)
        {
            lost += await HoldersAsync(seed, static async (actor, _) => await actor.HasAsync(s_cid, default) ? KeepAnswer.Keeps : KeepAnswer.None) == 0 ? 1 : 0;
        }

        Assert.True(lost > 0);
    }

    [Fact]
    public async Task A_block_that_leaves_while_it_is_looked_for_is_not_kept()
    {
        Actor actor = new();
        actor.Leaving.Mark([s_cid]);
        Assert.Equal(KeepAnswer.Leaving, await actor.Leaving.AnswerAsync(s_cid, actor, default));
        actor.Leaving.Clear();
        Assert.Equal(KeepAnswer.Keeps, await actor.Leaving.AnswerAsync(s_cid, actor, default));

        actor.OnRead = () => // between the two looks: all of a drop
        {
            actor.Leaving.Mark([s_cid]);
            actor.Has = false;
            actor.Leaving.Clear();
        };
        Assert.Equal(KeepAnswer.None, await actor.Leaving.AnswerAsync(s_cid, actor, default));
    }

    /// <summary>How many have it in the end, or 0 as soon as nobody has.</summary>
    private static async Task<int> HoldersAsync(ulong seed, Func<Actor, Cid, ValueTask<KeepAnswer>> answer)
    {
        SeededChance chance = new(seed);
        Actor[] actors = [new(), new(), new()];
        List<(Actor By, int Search, Actor Of)> questions = [];
        List<(Actor By, int Search, KeepAnswer Said)> answers = [];
        for (int i = 0; i < Steps && Array.Exists(actors, static a => a.Has); i++)
        {
            Actor actor = actors[chance.Below(actors.Length)];
            int kind = chance.Below(10);
            if (kind == 0 && actor.Has && !actor.IsSearching)
            {
                actor.Begin();
                questions.AddRange(actors.Where(other => other != actor).Select(other => (actor, actor.Search, other)));
            }
            else if (kind <= 4 && questions.Count > 0)
            {
                (Actor by, int search, Actor of) = Take(questions, chance);
                answers.Add((by, search, await answer(of, s_cid)));
            }
            else if (kind <= 7 && answers.Count > 0)
            {
                (Actor by, int search, KeepAnswer said) = Take(answers, chance);
                by.Hear(search, said); // one of a search that is over is on a stream that is closed
            }
            else if (kind == 8)
            {
                actor.End();
            }
            else if (kind == 9 && chance.Below(10) == 0)
            {
                actor.Restart();
            }
        }

        return actors.Count(static a => a.Has);
    }

    private static T Take<T>(List<T> from, SeededChance chance)
    {
        int at = chance.Below(from.Count);
        T taken = from[at];
        from.RemoveAt(at);
        return taken;
    }

    private sealed class Actor : IBlockStore
    {
        public LeavingBlocks Leaving { get; private set; } = new();

        public bool Has { get; set; } = true;

        public Action? OnRead { get; set; }

        public int Search { get; private set; }

        public bool IsSearching { get; private set; }

        private bool IsKeptElsewhere { get; set; }

        public void Begin()
        {
            Leaving.Mark([s_cid]);
            (Search, IsSearching, IsKeptElsewhere) = (Search + 1, true, false);
        }

        public void Hear(int search, KeepAnswer said) => IsKeptElsewhere |= IsSearching && search == Search && said == KeepAnswer.Keeps;

        public void End()
        {
            if (IsSearching)
            {
                Has &= !IsKeptElsewhere;
                IsSearching = false;
                Leaving.Clear();
            }
        }

        public void Restart() => (Leaving, IsSearching) = (new LeavingBlocks(), false);

        public ValueTask<ReadOnlyMemory<byte>?> GetAsync(Cid cid, CancellationToken cancellationToken)
        {
            OnRead?.Invoke();
            return ValueTask.FromResult(Has ? "x"u8.ToArray() : default(ReadOnlyMemory<byte>?));
        }

        public ValueTask<bool> HasAsync(Cid cid, CancellationToken cancellationToken) => ValueTask.FromResult(Has);

        public ValueTask PutAsync(Block block, CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}
