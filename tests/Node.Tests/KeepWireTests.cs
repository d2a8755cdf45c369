using FsCheck;
using FsCheck.Fluent;
using P2P.Core.Encoding;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Node.Adapters;

namespace P2P.Node.Tests;

/// <summary>Questions and answers about blocks, also those of somebody who means no good.</summary>
public sealed class KeepWireTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(KeepWire.BlocksMax)]
    public void A_question_and_its_answer_read_as_they_were_written(int count)
    {
        Cid[] cids = [.. Enumerable.Range(0, count).Select(Name)];
        KeepAnswer[] answers = [.. Enumerable.Range(0, count).Select(static i => (KeepAnswer)(i % 3))];

        Assert.True(KeepWire.TryReadQuestion(Body(KeepWire.Question(cids)), out IReadOnlyList<Cid> asked));
        Assert.True(KeepWire.TryReadAnswer(Body(KeepWire.Answer(answers)), count, out IReadOnlyList<KeepAnswer> said));

        Assert.Equal(cids, asked);
        Assert.Equal(answers, said);
    }

    [Fact]
    public void A_question_that_is_cut_off_too_long_empty_too_many_or_names_a_block_twice_is_none()
    {
        byte[] two = Body(KeepWire.Question([Name(0), Name(1)])).ToArray();
        byte[] more = [(byte)(KeepWire.BlocksMax + 1), .. Enumerable.Range(0, KeepWire.BlocksMax + 1).SelectMany(static i => Name(i).Bytes.ToArray())];
        byte[][] wrong = [[], [0], two[..^1], [.. two, 0], [1, .. two[1..]], [3, .. two[1..]], more, [255, .. two[1..]], Body(KeepWire.Question([Name(0), Name(1), Name(0)])).ToArray()];
        Assert.All(wrong, static body => Assert.False(KeepWire.TryReadQuestion(body, out _)));
        Assert.Throws<ArgumentOutOfRangeException>(static () => KeepWire.Question([]));
        Assert.Throws<ArgumentOutOfRangeException>(static () => KeepWire.Question([.. Enumerable.Range(0, KeepWire.BlocksMax + 1).Select(Name)]));
    }

    [Fact]
    public void An_answer_of_another_length_or_with_an_unknown_value_is_none()
    {
        byte[][] wrong = [[], [1], [1, 1, 1], [1, 3], [255, 1]];
        Assert.All(wrong, static body => Assert.False(KeepWire.TryReadAnswer(body, 2, out _)));
    }

    [Fact]
    public void Bytes_of_a_peer_never_throw() => Prop.ForAll<byte[], byte>(static (bytes, count) =>
    {
        byte[] body = [count, .. bytes];
        bool isQuestion = KeepWire.TryReadQuestion(body, out IReadOnlyList<Cid> cids);
        bool isAnswer = KeepWire.TryReadAnswer(bytes, count, out IReadOnlyList<KeepAnswer> answers);
        return (!isQuestion || cids.Count == count) && (!isAnswer || answers.Count == count);
    }).QuickCheckThrowOnFailure();

    private static Cid Name(int number)
    {
        byte[] data = new byte[8];
        new SeededChance((ulong)number).Fill(data);
        return Cid.ForRaw(data);
    }

    private static ReadOnlySpan<byte> Body(byte[] frame)
    {
        Assert.Equal(System.Buffers.OperationStatus.Done, ProtoReader.TryReadDelimited(frame, KeepWire.QuestionBytesMax, out ReadOnlySpan<byte> body, out int consumed));
        Assert.Equal(frame.Length, consumed);
        return body;
    }
}
