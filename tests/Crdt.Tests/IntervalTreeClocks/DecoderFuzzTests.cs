using System.Globalization;
using P2P.Core.Runtime;
using P2P.Crdt.IntervalTreeClocks;
using Xunit.Abstractions;

namespace P2P.Crdt.Tests.IntervalTreeClocks;

/// <summary>
/// Hostile bytes: nothing crashes, and what is accepted encodes to itself. <c>P2P_ITC_FUZZ</c> and <c>P2P_ITC_SEED</c> set size and seed;
/// <c>tests/long/itc.sh</c> asks for ten million.
/// </summary>
public sealed class DecoderFuzzTests(ITestOutputHelper output)
{
    [Fact]
    public void No_input_crashes_the_decoder_and_accepted_inputs_encode_to_themselves()
    {
        int inputs = LongRun.Number("P2P_ITC_FUZZ", 200_000);
        ulong seed = (ulong)LongRun.Number("P2P_ITC_SEED", 1);
        SeededChance chance = new(seed);
        List<byte[]> corpus = [.. Stamps(chance, 64).Select(s => s.Encode())];
        int[] refusals = new int[Enum.GetValues<StampRefusal>().Length];
        byte[] encoded = new byte[ClockLimits.StampBytesMax];
        for (int i = 0; i < inputs; i++)
        {
            byte[] input = Mutate(chance, corpus);
            bool isStamp = Stamp.TryDecode(input, out Stamp? stamp, out StampRefusal refusal);
            refusals[(int)refusal]++;
            if (!isStamp)
            {
                continue;
            }

            int length = stamp!.Encode(encoded);
            Assert.True(encoded.AsSpan(0, length).SequenceEqual(input), $"seed {seed}, input {i}: {Convert.ToHexStringLower(input)}");
            if (chance.Below(64) == 0)
            {
                corpus[chance.Below(corpus.Count)] = input;
            }
        }

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"seed {seed}: {inputs} inputs; {string.Join(", ", refusals.Select((n, r) => $"{(StampRefusal)r} {n}"))}"));
        Assert.True(refusals[0] > inputs / 100, "Enough inputs are stamps for the round trip to mean something.");
        Assert.All(refusals, n => Assert.True(n > 0, "Every reason was met."));
    }

    [Fact]
    public void Every_bit_flip_of_a_stamp_fails_or_decodes_to_what_encodes_to_it()
    {
        int accepted = 0;
        foreach (byte[] bytes in Stamps(new SeededChance(3), 200).Select(s => s.Encode()))
        {
            for (int bit = 0; bit < bytes.Length * 8; bit++)
            {
                byte[] flipped = [.. bytes];
                flipped[bit / 8] ^= (byte)(0x80 >> (bit % 8));
                if (Stamp.TryDecode(flipped, out Stamp? stamp))
                {
                    accepted++;
                    Assert.Equal(flipped, stamp.Encode());
                }
            }
        }

        Assert.True(accepted > 200);
    }

    [Fact]
    public void An_id_of_depth_100000_is_refused_without_recursion_and_almost_without_memory()
    {
        byte[] within = new byte[ClockLimits.StampBytesMax];
        within.AsSpan().Fill(0b1010_1010);
        byte[] bomb = new byte[25_000];
        bomb.AsSpan().Fill(0b1010_1010);
        Assert.False(Stamp.TryDecode(within, out _, out StampRefusal deep));
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++)
        {
            Stamp.TryDecode(within, out _, out _);
            Stamp.TryDecode(bomb, out _, out _);
        }

        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.Equal(StampRefusal.TooDeep, deep);
        Assert.False(Stamp.TryDecode(bomb, out _, out StampRefusal large));
        Assert.Equal(StampRefusal.TooLarge, large);
        Assert.Equal(0, allocated);
    }

    [Theory]
    [InlineData(256, true)]
    [InlineData(257, false)]
    public void The_depth_cap_is_exact(int depth, bool isAccepted)
    {
        // An id of `depth` left turns, then 1; the event tree is 0.
        System.Text.StringBuilder bits = new();
        for (int i = 0; i < depth; i++)
        {
            bits.Append("10");
        }

        byte[] bytes = FromBits(bits.Append("0011000").ToString());

        Assert.Equal(isAccepted, Stamp.TryDecode(bytes, out Stamp? stamp, out StampRefusal refusal));
        Assert.Equal(isAccepted ? StampRefusal.None : StampRefusal.TooDeep, refusal);
        if (isAccepted)
        {
            Assert.Equal(ClockError.DepthLimit, Assert.Throws<ClockException>(() => stamp!.Fork()).Error);
            Assert.Equal(bytes, stamp!.Encode());
            Assert.Equal(256, stamp.Event().Events.Depth);
        }
    }

    [Fact]
    public void Counters_beyond_the_end_are_refused_alone_and_in_sum()
    {
        Stamp end = new(Id.Zero, EventTree.Leaf(long.MaxValue));
        byte[] beyond = end.Encode();

        Assert.True(Stamp.TryDecode(beyond, out Stamp? decoded));
        Assert.Equal(end, decoded);

        // 2^63 - 1 ends in the bits 011; 100 there is one more.
        beyond = FromBits(Bits(beyond).TrimEnd('0')[..^3] + "100");
        Assert.False(Stamp.TryDecode(beyond, out _, out StampRefusal alone));
        Assert.Equal(StampRefusal.CounterTooLarge, alone);
        EventTree sum = EventTree.Node(long.MaxValue - 1, EventTree.Zero, EventTree.Leaf(1));
        byte[] bytes = new Stamp(Id.Zero, sum).Encode();
        Assert.True(Stamp.TryDecode(bytes, out _));
        Assert.Throws<ClockOverflowException>(() => EventTree.Node(long.MaxValue, EventTree.Zero, EventTree.Leaf(1)));

        // The right child's 1 (1001) becomes 2 (1010): base and child together pass the end.
        string bits = Bits(bytes);
        int leaf = bits.LastIndexOf("1001", StringComparison.Ordinal);
        Assert.False(Stamp.TryDecode(FromBits(bits[..leaf] + "1010"), out _, out StampRefusal refusal));
        Assert.Equal(StampRefusal.CounterTooLarge, refusal);
    }

    private static string Bits(byte[] bytes) => string.Concat(bytes.Select(b => Convert.ToString(b, 2).PadLeft(8, '0')));

    private static byte[] FromBits(string bits) =>
        [.. bits.PadRight((bits.Length + 7) / 8 * 8, '0').Chunk(8).Select(b => Convert.ToByte(new string(b), 2))];

    private static List<Stamp> Stamps(SeededChance chance, int count)
    {
        List<Stamp> stamps = [Stamp.Seed];
        while (stamps.Count < count)
        {
            int x = chance.Below(stamps.Count), y = chance.Below(stamps.Count);
            (stamps[x], Stamp right) = stamps[x].Fork();
            stamps.Add(right);
            stamps[y] = stamps[y].Join(stamps[x].Peek()).Event();
            stamps[x] = stamps[x].Event().Event();
        }

        return stamps;
    }

    private static byte[] Mutate(SeededChance chance, List<byte[]> corpus)
    {
        int kind = chance.Below(10);
        if (kind == 0)
        {
            byte[] noise = new byte[chance.Below(chance.Below(400) == 0 ? 5000 : 24)];
            chance.Fill(noise);
            if (chance.Below(8) == 0)
            {
                noise.AsSpan().Fill((byte)(chance.Below(2) == 0 ? 0b1010_1010 : 0b0000_0101));
            }

            return noise;
        }

        byte[] bytes = [.. corpus[chance.Below(corpus.Count)]];
        for (int flips = chance.Below(3); flips >= 0 && bytes.Length > 0 && kind < 8; flips--)
        {
            bytes[chance.Below(bytes.Length)] ^= (byte)(1 << chance.Below(8));
        }

        if (kind is 1 or 2)
        {
            bytes = bytes[..chance.Below(bytes.Length + 1)];
        }
        else if (kind == 3)
        {
            byte[] other = corpus[chance.Below(corpus.Count)];
            bytes = [.. bytes.AsSpan(0, chance.Below(bytes.Length + 1)), .. other.AsSpan(chance.Below(other.Length + 1))];
        }
        else if (kind == 4 && bytes.Length > 2)
        {
            int from = chance.Below(bytes.Length - 1);
            bytes.AsSpan(from, 1 + chance.Below(Math.Min(12, bytes.Length - from))).Fill((byte)(chance.Below(2) * 255));
        }

        return bytes;
    }
}
