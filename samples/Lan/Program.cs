using P2P.Samples.Lan;

// Started without arguments it directs the show; each peer is this program again, as a process of its own.
return args is ["peer", var data, var network, var networkInterface]
    ? await PeerProcess.RunAsync(data, network, networkInterface)
    : await Show.RunAsync(args);
