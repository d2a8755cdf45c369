using P2P.Transport.Yamux;

namespace P2P.Transport.Tests.Yamux;

/// <summary>What tests of the pure session share.</summary>
public abstract class YamuxSessionFixture
{
    private protected static readonly YamuxOptions s_options = new();
    private protected readonly List<YamuxEffect> _effects = [];
    private protected readonly List<YamuxRefusal> _refused = [];

    private protected YamuxSession Client(YamuxOptions? options = null) => New(true, options);

    private protected YamuxSession Server(YamuxOptions? options = null) => New(false, options);

    private protected YamuxSession New(bool client, YamuxOptions? options) =>
        new(client, options ?? s_options, new YamuxBudget(s_options.ProcessBytesMax)) { OnRefused = _refused.Add };

    private protected YamuxRefusal Step(YamuxSession session, YamuxFrameType type, YamuxFlags flags, uint id, uint length)
    {
        _effects.Clear();
        YamuxFrame frame = new(type, flags, id, length);
        YamuxRefusal refusal = session.Step(frame, default, _effects);
        if (refusal == YamuxRefusal.None)
        {
            session.BodyDone(frame, _effects);
        }

        return refusal;
    }

    private protected YamuxStreamState Accepted(YamuxSession session, uint id = 1)
    {
        Step(session, YamuxFrameType.WindowUpdate, YamuxFlags.Syn, id, 0);
        YamuxStreamState stream = _effects[0].Stream!;
        session.Accept(stream);
        _effects.Clear();
        return stream;
    }

    private protected static YamuxStreamState Open(YamuxSession session)
    {
        Assert.Equal(YamuxOpenStatus.Opened, session.TryOpen(default, out YamuxStreamState? stream));
        return stream!;
    }

    // The remote sends half a window, the application reads it.
    private protected TimeSpan Transfer(YamuxSession session, YamuxStreamState stream, TimeSpan now, TimeSpan takes)
    {
        int count = stream.WindowBytes / 2;
        for (int left = count; left > 0; left -= 131_072)
        {
            Assert.Equal(YamuxRefusal.None, session.Step(new YamuxFrame(YamuxFrameType.Data, YamuxFlags.None, stream.Id, (uint)Math.Min(left, 131_072)), now, _effects));
        }

        session.Consumed(stream, count, now + takes);
        return now + takes;
    }

    private protected static YamuxFrame Take(YamuxSession session)
    {
        Assert.True(session.TryTakeFrame(65_268, out YamuxFrame frame, out _));
        return frame;
    }

    private protected static List<YamuxFrame> TakeAll(YamuxSession session)
    {
        List<YamuxFrame> all = [];
        while (session.TryTakeFrame(65_268, out YamuxFrame frame, out _))
        {
            all.Add(frame);
        }

        return all;
    }

    private protected static long DrainData(YamuxSession session) => TakeAll(session).Where(f => f.Type == YamuxFrameType.Data).Sum(f => f.Length);
}
