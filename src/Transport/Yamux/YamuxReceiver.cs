namespace P2P.Transport.Yamux;

/// <summary>Cuts decrypted bytes into frames and hands headers to the session, bodies to the streams. Allocates nothing per frame.</summary>
internal sealed class YamuxReceiver(YamuxLoop loop)
{
    private readonly byte[] _header = new byte[YamuxFrame.HeaderBytes];
    private int _headerFilled;
    private YamuxFrame _frame;
    private uint _bodyLeft;
    private YamuxStreamState? _target;

    /// <summary>Applies received bytes, however they were cut.</summary>
    /// <param name="data">Plaintext.</param>
    /// <returns>Other than <see cref="YamuxRefusal.None"/>: close the loop.</returns>
    public YamuxRefusal Receive(ReadOnlySpan<byte> data)
    {
        while (data.Length > 0)
        {
            if (_bodyLeft > 0)
            {
                int count = (int)Math.Min(_bodyLeft, (uint)data.Length);
                TakeBody(data[..count]);
                data = data[count..];
                continue;
            }

            int missing = Math.Min(YamuxFrame.HeaderBytes - _headerFilled, data.Length);
            data[..missing].CopyTo(_header.AsSpan(_headerFilled));
            _headerFilled += missing;
            data = data[missing..];
            if (_headerFilled == YamuxFrame.HeaderBytes)
            {
                _headerFilled = 0;
                YamuxRefusal refusal = TakeHeader();
                if (refusal != YamuxRefusal.None)
                {
                    return refusal;
                }
            }
        }

        return YamuxRefusal.None;
    }

    private YamuxRefusal TakeHeader()
    {
        YamuxRefusal refusal = YamuxFrame.TryRead(_header, out _frame);
        if (refusal == YamuxRefusal.None)
        {
            refusal = loop.Step(_frame, out _target);
        }

        if (refusal == YamuxRefusal.None)
        {
            _bodyLeft = _frame.BodyBytes;
            if (_bodyLeft == 0 && _frame.Type == YamuxFrameType.Data)
            {
                loop.BodyDone(_frame);
            }
        }

        return refusal;
    }

    private void TakeBody(ReadOnlySpan<byte> chunk)
    {
        _bodyLeft -= (uint)chunk.Length;
        if (_target?.Handle is YamuxStream stream)
        {
            int direct = stream.Receive(chunk, out int held);
            loop.OnReceived(_target, direct, held);
        }

        if (_bodyLeft == 0)
        {
            _target = null;
            loop.BodyDone(_frame);
        }
    }
}
