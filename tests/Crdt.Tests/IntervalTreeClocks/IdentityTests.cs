using P2P.Core.Identity;
using P2P.Core.Runtime;
using P2P.Crdt.IntervalTreeClocks;

namespace P2P.Crdt.Tests.IntervalTreeClocks;

/// <summary>Persist, then send; leak, never duplicate.</summary>
public sealed class IdentityTests
{
    private static readonly CancellationToken s_never = CancellationToken.None;

    [Fact]
    public async Task A_fork_from_the_first_contact_takes_one_round_trip_and_both_sides_store_before_they_go_on()
    {
        Net net = new();
        (IdentityStore parent, IdentityStore child) = (net.Add(1), net.Add(2));
        await parent.ApplyAsync(new IdentityInput(IdentityInputKind.Create), s_never);
        await child.ApplyAsync(new IdentityInput(IdentityInputKind.Ask, net.Peer(1)), s_never);
        await net.DeliverAllAsync();

        Assert.Equal(["1 stores", "2 stores", "2 sends Request", "1 stores", "1 sends Grant", "2 stores"], net.Log);
        Assert.Equal(Id.One, parent.Stamp.Id.Sum(child.Stamp.Id));
    }

    [Fact]
    public async Task A_repeated_request_gets_the_same_grant_even_after_a_restart_of_the_parent()
    {
        Net net = new();
        IdentityStore parent = net.Add(1);
        await parent.ApplyAsync(new IdentityInput(IdentityInputKind.Create), s_never);
        IdentityMessage request = new(IdentityMessageKind.Request, 0, 77, null);
        await parent.ReceiveAsync(net.Peer(2), request.Encode(), s_never);
        Id after = parent.Stamp.Id;
        parent = net.Reopen(1);
        await parent.ReceiveAsync(net.Peer(2), request.Encode(), s_never);

        Stamp?[] grants = [.. net.Sent.Select(s => IdentityMessage.TryDecode(s.Bytes)!.Stamp)];
        Assert.Equal(2, grants.Length);
        Assert.Equal(grants[0], grants[1]);
        Assert.Equal(after, parent.Stamp.Id);
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(1, 1)]
    [InlineData(2, 0)]
    [InlineData(2, 1)]
    public async Task A_crash_before_any_write_leaks_at_most_and_never_gives_a_part_twice(int crashes, int afterWrites)
    {
        Net net = new();
        (IdentityStore parent, IdentityStore child) = (net.Add(1), net.Add(2));
        await parent.ApplyAsync(new IdentityInput(IdentityInputKind.Create), s_never);
        net.FailAfter(crashes, afterWrites);
        await TryAsync(() => child.ApplyAsync(new IdentityInput(IdentityInputKind.Ask, net.Peer(1)), s_never));
        await TryAsync(net.DeliverAllAsync);

        // Both come back from their disks; the child asks again, under the same nonce if it had stored one.
        net.FailAfter(crashes, int.MaxValue);
        (parent, child) = (net.Reopen(1), net.Reopen(2));
        if (child.Stamp.IsAnonymous)
        {
            await child.ApplyAsync(new IdentityInput(IdentityInputKind.Ask, net.Peer(1)), s_never);
            await net.DeliverAllAsync();
        }

        Assert.False(child.Stamp.IsAnonymous);
        Assert.True(parent.Stamp.Id.TrySum(child.Stamp.Id, out Id? sum), "Nothing was given twice.");
        Assert.Equal(Id.One, sum);
    }

    [Fact]
    public async Task A_leaver_owns_nothing_on_disk_before_its_heir_gets_it_and_a_repetition_changes_nothing()
    {
        Net net = new();
        (IdentityStore heir, IdentityStore leaver) = (net.Add(1), net.Add(2));
        await heir.ApplyAsync(new IdentityInput(IdentityInputKind.Create), s_never);
        await leaver.ApplyAsync(new IdentityInput(IdentityInputKind.Ask, net.Peer(1)), s_never);
        await net.DeliverAllAsync();
        net.Log.Clear();
        await leaver.ApplyAsync(new IdentityInput(IdentityInputKind.Leave, net.Peer(1)), s_never);
        Assert.Equal(["2 stores", "2 sends Bequest"], net.Log);
        Assert.True(net.Reopen(2).Stamp.IsAnonymous);
        byte[] bequest = net.Sent[^1].Bytes;
        await net.DeliverAllAsync();
        await heir.ReceiveAsync(net.Peer(2), bequest, s_never);

        Assert.Equal(Id.One, heir.Stamp.Id);
        Assert.Equal(0, net.Core(1).Refused(IdentityRefusal.Overlap));
    }

    [Fact]
    public async Task An_inheritance_that_was_given_twice_is_refused_as_an_overlap()
    {
        Net net = new();
        IdentityStore heir = net.Add(1);
        await heir.ApplyAsync(new IdentityInput(IdentityInputKind.Create), s_never);
        await heir.ReceiveAsync(net.Peer(2), new IdentityMessage(IdentityMessageKind.Bequest, 0, 5, Stamp.Parse("((1, 0), 3)")).Encode(), s_never);

        Assert.Equal("(1, 0)", heir.Stamp.ToString());
        Assert.Equal(1, net.Core(1).Refused(IdentityRefusal.Overlap));
    }

    [Fact]
    public async Task A_restored_backup_gives_up_its_id_and_its_promises()
    {
        Net net = new();
        IdentityStore replica = net.Add(1);
        await replica.ApplyAsync(new IdentityInput(IdentityInputKind.Create), s_never);
        await replica.ApplyAsync(new IdentityInput(IdentityInputKind.Record), s_never);
        replica = net.Reopen(1);
        await replica.ApplyAsync(new IdentityInput(IdentityInputKind.Restored), s_never);
        await replica.ApplyAsync(new IdentityInput(IdentityInputKind.Record), s_never);

        Assert.Equal(1, net.Core(1).Refused(IdentityRefusal.Anonymous));
        Assert.Equal("(0, 1)", net.Reopen(1).Stamp.ToString());
    }

    [Fact]
    public async Task A_checkpoint_starts_a_new_epoch_for_its_signer_and_leaves_the_others_to_ask()
    {
        Net net = new();
        (IdentityStore signer, IdentityStore other) = (net.Add(1), net.Add(2));
        await signer.ApplyAsync(new IdentityInput(IdentityInputKind.Create), s_never);
        await other.ApplyAsync(new IdentityInput(IdentityInputKind.Ask, net.Peer(1)), s_never);
        await net.DeliverAllAsync();
        await signer.ApplyAsync(new IdentityInput(IdentityInputKind.Checkpoint, Epoch: 1, Stamp: Stamp.Seed), s_never);
        byte[] late = new IdentityMessage(IdentityMessageKind.Bequest, 0, 9, other.Stamp).Encode();
        await signer.ReceiveAsync(net.Peer(2), late, s_never);
        await other.ApplyAsync(new IdentityInput(IdentityInputKind.Checkpoint, Epoch: 1), s_never);
        await other.ApplyAsync(new IdentityInput(IdentityInputKind.Ask, net.Peer(1)), s_never);
        await net.DeliverAllAsync();

        Assert.Equal(1, net.Core(1).Refused(IdentityRefusal.OtherEpoch));
        Assert.Equal(Id.One, signer.Stamp.Id.Sum(other.Stamp.Id));
    }

    [Fact]
    public void What_nobody_asked_for_is_refused_by_name()
    {
        IdentityCore core = new(new IdentityOptions { WaitingMax = 1 }, new SeededChance(1));
        Stamp half = Stamp.Seed.Fork().Right;
        Assert.Equal(IdentityRefusal.Unexpected, Refusal(core, new IdentityInput(IdentityInputKind.Granted, Nonce: 4, Stamp: half)));
        Assert.Equal(IdentityRefusal.Anonymous, Refusal(core, new IdentityInput(IdentityInputKind.Asked, Nonce: 4)));
        Assert.Equal(IdentityRefusal.Anonymous, Refusal(core, new IdentityInput(IdentityInputKind.Record)));
        Assert.Equal(IdentityRefusal.Anonymous, Refusal(core, new IdentityInput(IdentityInputKind.Leave)));
        Assert.Equal(IdentityRefusal.Empty, Refusal(core, new IdentityInput(IdentityInputKind.Inherited, Stamp: half.Peek())));
        Assert.Equal(IdentityRefusal.None, Refusal(core, new IdentityInput(IdentityInputKind.Create)));
        Assert.Equal(IdentityRefusal.AlreadyOwner, Refusal(core, new IdentityInput(IdentityInputKind.Create)));
        Assert.Equal(IdentityRefusal.OtherEpoch, Refusal(core, new IdentityInput(IdentityInputKind.Asked, Nonce: 4, Epoch: 3)));
        Assert.Equal(IdentityRefusal.None, Refusal(core, new IdentityInput(IdentityInputKind.Asked, Nonce: 4)));
        Assert.Equal(IdentityRefusal.Busy, Refusal(core, new IdentityInput(IdentityInputKind.Asked, Nonce: 5)));
        Assert.Equal("((1, 0), 0)", core.Stamp.ToString());
    }

    [Fact]
    public void Messages_and_records_are_strict()
    {
        IdentityMessage grant = new(IdentityMessageKind.Grant, 2, 99, Stamp.Parse("((1, 0), 3)"));
        IdentityRecord record = new(2, Stamp.Parse("((1, 0), 3)"), 7, [(8, Stamp.Parse("((0, 1), 1)"))], [9]);

        Assert.Equal(grant, IdentityMessage.TryDecode(grant.Encode()));
        Assert.Equal(record.Encode(), IdentityRecord.TryDecode(record.Encode())!.Encode());
        foreach (byte[] bytes in new[] { grant.Encode(), record.Encode() })
        {
            for (int i = 0; i < bytes.Length; i++)
            {
                Assert.Null(IdentityMessage.TryDecode(bytes.AsSpan(0, i)));
                Assert.Null(IdentityRecord.TryDecode(bytes.AsSpan(0, i)));
            }
        }

        byte[] newer = grant.Encode();
        newer[^1] = 2;
        Assert.Null(IdentityMessage.TryDecode(newer));
        Assert.Null(IdentityMessage.TryDecode((grant with { Kind = IdentityMessageKind.Request }).Encode()));
    }

    [Fact]
    public async Task One_users_devices_fork_one_identity_and_their_edits_are_told_apart()
    {
        Net net = new();
        (IdentityStore phone, IdentityStore laptop) = (net.Add(1), net.Add(2));
        await phone.ApplyAsync(new IdentityInput(IdentityInputKind.Create), s_never);
        await laptop.ApplyAsync(new IdentityInput(IdentityInputKind.Ask, net.Peer(1)), s_never);
        await net.DeliverAllAsync();
        await phone.ApplyAsync(new IdentityInput(IdentityInputKind.Record), s_never);
        await laptop.ApplyAsync(new IdentityInput(IdentityInputKind.Record), s_never);

        Assert.Equal(ClockOrder.Concurrent, phone.Stamp.CompareTo(laptop.Stamp));
    }

    private static IdentityRefusal Refusal(IdentityCore core, IdentityInput input)
    {
        List<IdentityEffect> effects = [];
        core.Step(input, effects);
        return effects.FirstOrDefault(e => e.Kind == IdentityEffectKind.Refuse).Refusal;
    }

    private static async Task TryAsync(Func<ValueTask> work)
    {
        try
        {
            await work();
        }
        catch (IOException)
        {
            // The crash that the test asked for.
        }
    }

    /// <summary>Disks and wires of a few identities.</summary>
    private sealed class Net
    {
        private readonly Dictionary<int, (IdentityCore Core, IdentityStore Store, Disk Disk)> _all = [];
        private int _delivered;

        public List<string> Log { get; } = [];

        public List<(int From, PeerId To, byte[] Bytes)> Sent { get; } = [];

        public PeerId Peer(int number) => PeerId.FromKeyProtobuf([8, 1, 18, 32, .. Enumerable.Repeat((byte)number, 32)]);

        public IdentityCore Core(int number) => _all[number].Core;

        public IdentityStore Add(int number) => Open(number, new Disk(this, number), null);

        public IdentityStore Reopen(int number) => Open(number, _all[number].Disk, IdentityRecord.TryDecode(_all[number].Disk.Bytes));

        public void FailAfter(int number, int writes) => _all[number].Disk.WritesLeft = writes;

        public async ValueTask DeliverAllAsync()
        {
            for (; _delivered < Sent.Count; _delivered++)
            {
                (int from, PeerId to, byte[] bytes) = Sent[_delivered];
                IdentityStore receiver = _all.Single(a => Peer(a.Key) == to).Value.Store;
                _delivered++;
                await receiver.ReceiveAsync(Peer(from), bytes, s_never);
                _delivered--;
            }
        }

        private IdentityStore Open(int number, Disk disk, IdentityRecord? record)
        {
            IdentityCore core = new(new IdentityOptions(), new SeededChance((ulong)number), record);
            IdentityStore store = new(core, disk);
            _all[number] = (core, store, disk);
            return store;
        }

        private sealed class Disk(Net net, int number) : IIdentityPort
        {
            public byte[] Bytes { get; private set; } = IdentityRecord.Empty.Encode();

            public int WritesLeft { get; set; } = int.MaxValue;

            public ValueTask WriteAsync(ReadOnlyMemory<byte> record, CancellationToken cancellationToken)
            {
                if (WritesLeft-- <= 0)
                {
                    throw new IOException("crashed");
                }

                Bytes = record.ToArray();
                net.Log.Add($"{number} stores");
                return ValueTask.CompletedTask;
            }

            public ValueTask SendAsync(PeerId peer, ReadOnlyMemory<byte> message, CancellationToken cancellationToken)
            {
                net.Sent.Add((number, peer, message.ToArray()));
                net.Log.Add($"{number} sends {IdentityMessage.TryDecode(message.Span)!.Kind}");
                return ValueTask.CompletedTask;
            }
        }
    }
}
