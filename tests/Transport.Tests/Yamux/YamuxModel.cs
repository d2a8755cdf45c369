using P2P.Core.Runtime;
using P2P.Transport.Yamux;

namespace P2P.Transport.Tests.Yamux;

/// <summary>Two sessions, two wires that keep order, and a seeded application on each side.</summary>
internal sealed class YamuxModel
{
    private readonly SeededChance _chance;
    private readonly Side[] _sides;
    private TimeSpan _now;

    public YamuxModel(ulong seed)
    {
        _chance = new SeededChance(seed);
        YamuxOptions options = new() { InboundStreamsMax = 6, OutboundStreamsMax = 6, AckBacklog = 3 };
        _sides = [new Side(true, options), new Side(false, options)];
        _sides[0].Peer = _sides[1];
        _sides[1].Peer = _sides[0];
    }

    public long Delivered => _sides.Sum(s => s.Delivered);

    public void RandomStep()
    {
        Side side = _sides[_chance.Below(2)];
        _now += TimeSpan.FromMilliseconds(_chance.Below(3));
        switch (_chance.Below(12))
        {
            case 0:
                side.Open(_now);
                break;
            case 1 or 2 or 3:
                side.Write(_chance);
                break;
            case 4 or 5:
                side.Read(_chance, _now);
                break;
            case 6:
                side.CloseSome(_chance, _now);
                break;
            case 7 or 8 or 9:
                side.Send(1 + _chance.Below(70_000));
                break;
            default:
                side.Deliver(_now);
                break;
        }

        CheckCredit();
    }

    /// <summary>Everybody reads, everything is sent and delivered; no stream may be left with bytes that cannot move.</summary>
    public void Settle()
    {
        for (int idle = 0; idle < 3; idle++)
        {
            foreach (Side side in _sides)
            {
                bool moved;
                do
                {
                    moved = side.Send(65_268) | side.Peer!.Deliver(_now);
                    side.Peer.ReadAll(_now);
                    idle = moved ? 0 : idle;
                }
                while (moved);
            }
        }

        foreach (Side side in _sides)
        {
            side.CheckNothingStuck();
        }
    }

    // What the sender believes it may send, plus what is under way, is exactly what the receiver will accept.
    private void CheckCredit()
    {
        foreach (Side side in _sides)
        {
            foreach (YamuxStreamState stream in side.Session.Streams)
            {
                YamuxStreamState? other = side.Peer!.Session.Streams.FirstOrDefault(s => s.Id == stream.Id);
                if (other is null || stream.RemoteEnded || other.FinSent || other.FinPending)
                {
                    continue;
                }

                long dataUnderWay = side.Peer.Wire.Where(f => f.StreamId == stream.Id && f.Type == YamuxFrameType.Data).Sum(f => f.Length);
                long creditUnderWay = side.Wire.Where(f => f.StreamId == stream.Id && f.Type == YamuxFrameType.WindowUpdate).Sum(f => f.Length);
                bool resetUnderWay = side.Wire.Concat(side.Peer.Wire).Any(f => f.StreamId == stream.Id && (f.Flags & YamuxFlags.Rst) != 0);
                Assert.True(
                    resetUnderWay || stream.ReceiveCredit == other.SendCredit + dataUnderWay + creditUnderWay + stream.CreditToSend,
                    $"stream {stream.Id}: accepts {stream.ReceiveCredit}, may come {other.SendCredit} + {dataUnderWay} + {creditUnderWay} + {stream.CreditToSend}");
            }
        }
    }

    internal sealed class Side(bool client, YamuxOptions options)
    {
        private readonly List<YamuxEffect> _effects = [];
        private readonly Dictionary<YamuxStreamState, int> _unread = [];
        private readonly List<YamuxStreamState> _streams = [];

        public YamuxSession Session { get; } = new(client, options, new YamuxBudget(options.ProcessBytesMax));

        public Side? Peer { get; set; }

        public Queue<YamuxFrame> Wire { get; } = [];

        public long Delivered { get; private set; }

        public void Open(TimeSpan now)
        {
            if (Session.TryOpen(now, out YamuxStreamState? stream) == YamuxOpenStatus.Opened)
            {
                _streams.Add(stream!);
                Session.Announce(stream!);
            }
        }

        public void Write(SeededChance chance)
        {
            if (Pick(chance, s => !s.FinPending && !s.FinSent && s.PendingBytes == 0) is YamuxStreamState stream)
            {
                Session.Write(stream, 1 + chance.Below(400_000));
            }
        }

        public void Read(SeededChance chance, TimeSpan now)
        {
            if (Pick(chance, s => _unread.GetValueOrDefault(s) > 0) is YamuxStreamState stream)
            {
                Read(stream, 1 + chance.Below(_unread[stream]), now);
            }
        }

        public void ReadAll(TimeSpan now)
        {
            foreach (YamuxStreamState stream in _streams.Where(s => _unread.GetValueOrDefault(s) > 0).ToList())
            {
                Read(stream, _unread[stream], now);
            }
        }

        public void CloseSome(SeededChance chance, TimeSpan now)
        {
            if (Pick(chance, _ => true) is not YamuxStreamState stream)
            {
                return;
            }

            switch (chance.Below(4))
            {
                case 0:
                    Session.Reset(stream);
                    Drop(stream);
                    break;
                case 1 when stream.PendingBytes == 0:
                    Session.Abandon(stream, now);
                    Drop(stream);
                    break;
                default:
                    Session.CloseWrite(stream);
                    break;
            }
        }

        public bool Send(int room)
        {
            if (!Session.TryTakeFrame(Math.Max(room, 1), out YamuxFrame frame, out _))
            {
                return false;
            }

            Wire.Enqueue(frame);
            return true;
        }

        /// <summary>Takes the next frame of the peer's wire. Between honest sides nothing is ever refused.</summary>
        /// <param name="now">Virtual.</param>
        public bool Deliver(TimeSpan now)
        {
            if (!Peer!.Wire.TryDequeue(out YamuxFrame frame))
            {
                return false;
            }

            _effects.Clear();
            Assert.Equal(YamuxRefusal.None, Session.Step(frame, now, _effects));
            foreach (YamuxEffect effect in _effects.ToList())
            {
                Perform(effect, frame);
            }

            _effects.Clear();
            Session.BodyDone(frame, _effects);
            return true;
        }

        public void CheckNothingStuck()
        {
            Assert.Empty(Wire);
            foreach (YamuxStreamState stream in Session.Streams.Where(s => s.PendingBytes > 0))
            {
                // Only a peer that has closed its side and drops what comes may leave bytes waiting.
                YamuxStreamState? other = Peer!.Session.Streams.FirstOrDefault(s => s.Id == stream.Id);
                Assert.True(other is { Abandoned: true } || stream.SynPending, $"stream {stream.Id} is stuck with {stream.PendingBytes} bytes, credit {stream.SendCredit}");
            }
        }

        private void Perform(YamuxEffect effect, YamuxFrame frame)
        {
            switch (effect.Kind)
            {
                case YamuxEffectKind.Opened:
                    _streams.Add(effect.Stream!);
                    Session.Accept(effect.Stream!);
                    break;
                case YamuxEffectKind.Body:
                    Delivered += frame.Length;
                    _unread[effect.Stream!] = _unread.GetValueOrDefault(effect.Stream!) + (int)frame.Length;
                    Session.Hold(effect.Stream!, (int)frame.Length, _effects);
                    break;
                case YamuxEffectKind.Reset:
                    Drop(effect.Stream!);
                    break;
            }
        }

        private void Read(YamuxStreamState stream, int count, TimeSpan now)
        {
            _unread[stream] -= count;
            Session.Consumed(stream, count, now);
            Session.Hold(stream, -count, _effects);
        }

        private void Drop(YamuxStreamState stream)
        {
            if (_unread.Remove(stream, out int held))
            {
                Session.Hold(stream, -held, _effects);
            }

            _streams.Remove(stream);
        }

        private YamuxStreamState? Pick(SeededChance chance, Func<YamuxStreamState, bool> fits)
        {
            YamuxStreamState[] candidates = [.. _streams.Where(s => !s.Gone && fits(s))];
            return candidates.Length == 0 ? null : candidates[chance.Below(candidates.Length)];
        }
    }
}
