using System.Buffers;
using System.Text;
using P2P.Core.Runtime;
using P2P.Transport.Negotiation;

namespace P2P.Transport.Tests.Negotiation;

public sealed class MultistreamTests
{
    [Fact]
    public void The_bytes_are_those_of_the_specification()
    {
        ArrayBufferWriter<byte> output = new();
        new MultistreamDialer(["/noise"]).Start(output);

        Assert.Equal("\x13/multistream/1.0.0\n\x07/noise\n", Encoding.ASCII.GetString(output.WrittenSpan));
        output.Clear();
        MultistreamWire.Write(output, MultistreamWire.NotAvailable);
        Assert.Equal("036e610a", Convert.ToHexStringLower(output.WrittenSpan));
    }

    [Theory]
    [InlineData("a", "a", "a")]
    [InlineData("a,b", "b", "b")]
    [InlineData("a,b,c", "c,b", "b")]
    [InlineData("a,b", "c", null)]
    public void Both_sides_agree_on_the_dialers_first_supported_proposal(string proposed, string supported, string? expected)
    {
        MultistreamDialer dialer = new(proposed.Split(','));
        MultistreamListener listener = new(supported.Split(',').Contains);
        ArrayBufferWriter<byte> toListener = new();
        ArrayBufferWriter<byte> toDialer = new();
        dialer.Start(toListener);
        for (int i = 0; i < 5; i++)
        {
            Assert.Equal(toListener.WrittenCount, listener.Step(toListener.WrittenSpan, toDialer));
            toListener.Clear();
            Assert.Equal(toDialer.WrittenCount, dialer.Step(toDialer.WrittenSpan, toListener));
            toDialer.Clear();
        }

        Assert.Equal(expected is null ? NegotiationStatus.Refused : NegotiationStatus.Agreed, dialer.Status);
        Assert.Equal(expected is null ? NegotiationStatus.Pending : NegotiationStatus.Agreed, listener.Status);
        if (expected is not null)
        {
            Assert.Equal(expected, dialer.Protocol);
            Assert.Equal(expected, listener.Protocol);
        }
    }

    [Fact]
    public void Bytes_behind_the_agreed_token_are_left_for_the_protocol()
    {
        MultistreamListener listener = new(static p => p == "/x");
        byte[] input = [.. Token("/multistream/1.0.0"), .. Token("/x"), .. "application data"u8];

        int consumed = listener.Step(input, new ArrayBufferWriter<byte>());

        Assert.Equal("application data", Encoding.ASCII.GetString(input.AsSpan(consumed)));
    }

    [Fact]
    public void Bytes_may_come_one_at_a_time()
    {
        MultistreamListener listener = new(static p => p == "/x");
        byte[] input = [.. Token("/multistream/1.0.0"), .. Token("/y"), .. Token("/x")];
        List<byte> held = [];
        foreach (byte b in input)
        {
            Assert.Equal(NegotiationStatus.Pending, listener.Status);
            held.Add(b);
            held.RemoveRange(0, listener.Step(held.ToArray(), new ArrayBufferWriter<byte>()));
        }

        Assert.Equal(NegotiationStatus.Agreed, listener.Status);
        Assert.Empty(held);
    }

    [Theory]
    [InlineData("00")] // no text, not even a line feed
    [InlineData("0161")] // no line feed
    [InlineData("8000610a")] // longer spelling of a short length
    [InlineData("ffff03")] // 65,535
    [InlineData("8208")] // 1,026: one byte too long
    [InlineData("ffffffffffffffffff01")]
    public void Malformed_tokens_are_refused_at_once(string hex)
    {
        MultistreamListener listener = new(static _ => true);
        listener.Step(Convert.FromHexString(hex), new ArrayBufferWriter<byte>());

        Assert.Equal(NegotiationStatus.Malformed, listener.Status);
    }

    [Fact]
    public void A_protocol_of_1024_bytes_is_read_and_one_of_1025_is_not()
    {
        Assert.Equal(OperationStatus.Done, MultistreamWire.TryRead(Token(new string('p', 1024)), out _, out _));
        Assert.Equal(OperationStatus.InvalidData, MultistreamWire.TryRead(Token(new string('p', 1025)), out _, out _));
    }

    [Fact]
    public void A_wrong_header_is_refused_by_both_sides()
    {
        MultistreamListener listener = new(static _ => true);
        listener.Step(Token("/multistream/2.0.0"), new ArrayBufferWriter<byte>());
        MultistreamDialer dialer = new(["/x"]);
        dialer.Step(Token("/x"), new ArrayBufferWriter<byte>());

        Assert.Equal(NegotiationStatus.Malformed, listener.Status);
        Assert.Equal(NegotiationStatus.Malformed, dialer.Status);
    }

    [Fact]
    public void An_answer_that_was_not_proposed_is_refused()
    {
        MultistreamDialer dialer = new(["/x"]);
        dialer.Step([.. Token("/multistream/1.0.0"), .. Token("/y")], new ArrayBufferWriter<byte>());

        Assert.Equal(NegotiationStatus.Malformed, dialer.Status);
    }

    [Fact]
    public void Sixteen_proposals_are_answered_and_the_seventeenth_ends_it()
    {
        MultistreamListener listener = new(static _ => false);
        ArrayBufferWriter<byte> output = new();
        listener.Step(Token("/multistream/1.0.0"), output);
        for (int i = 0; i < 16; i++)
        {
            listener.Step(Token("/no"), output);
            Assert.Equal(NegotiationStatus.Pending, listener.Status);
        }

        listener.Step(Token("/no"), output);
        Assert.Equal(NegotiationStatus.TooManyRounds, listener.Status);
    }

    [Fact]
    public void A_dialer_with_more_than_sixteen_candidates_is_a_defect_of_the_caller() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new MultistreamDialer([.. Enumerable.Repeat("/x", 17)]));

    [Fact]
    public void Ls_is_answered_like_any_unknown_protocol()
    {
        MultistreamListener listener = new(static p => p == "/x");
        ArrayBufferWriter<byte> output = new();
        listener.Step([.. Token("/multistream/1.0.0"), .. Token("ls")], output);

        Assert.EndsWith("\x03na\n", Encoding.ASCII.GetString(output.WrittenSpan), StringComparison.Ordinal);
    }

    [Fact]
    public void Random_bytes_never_throw_and_never_agree()
    {
        byte[] bytes = new byte[64];
        for (ulong seed = 0; seed < 5_000; seed++)
        {
            new SeededChance(seed).Fill(bytes);
            bytes[0] = (byte)(seed % 40);
            MultistreamListener listener = new(static _ => true);
            MultistreamDialer dialer = new(["/x"]);
            listener.Step(bytes, new ArrayBufferWriter<byte>());
            dialer.Step(bytes, new ArrayBufferWriter<byte>());

            Assert.NotEqual(NegotiationStatus.Agreed, listener.Status);
            Assert.NotEqual(NegotiationStatus.Agreed, dialer.Status);
        }
    }

    internal static byte[] Token(string text)
    {
        ArrayBufferWriter<byte> output = new();
        MultistreamWire.Write(output, text);
        return output.WrittenSpan.ToArray();
    }
}
