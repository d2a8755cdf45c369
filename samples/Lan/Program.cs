using P2P.Samples.Lan;

// Started without arguments it directs the show; each peer is this program again, as a process of its own.
switch (args)
{
    case ["peer", var data, var network, var networkInterface]:
        return await PeerProcess.RunAsync(data, network, networkInterface);
    case []:
        return await Show.RunAsync("lo");
    case ["--interface", var networkInterface]:
        return await Show.RunAsync(networkInterface);
    default:
        Console.Error.WriteLine("Lan [--interface NAME]      the network interface of the show; default lo");
        return 2;
}
