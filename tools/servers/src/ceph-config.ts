/** What the programs of one cluster must know. */
export interface CephCluster {
  readonly id: string;
  /** The folder of all its data. */
  readonly folder: string;
  /** The address of its monitor, as `[v2:127.0.0.1:3300]`. */
  readonly monitor: string;
  /** The port of its S3 gateway. */
  readonly port: number;
}

/** The name of the gateway among the cluster's clients. */
export const gatewayName = 'client.rgw.a';

/**
 * The file `ceph.conf` of a cluster on loopback: one copy of everything, in memory, and no authentication between the daemons.
 *
 * @see https://docs.ceph.com/en/pacific/rados/configuration/ceph-conf/
 */
export function toCephConfig({ id, folder, monitor, port }: CephCluster): string {
  return `
[global]
fsid = ${id}
mon host = ${monitor}
public addr = 127.0.0.1
run dir = ${folder}
admin socket = ${folder}/$name.asok
log file = ${folder}/$name.log
auth cluster required = none
auth service required = none
auth client required = none
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 1
osd pool default pgp num = 1
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
mon allow pool size one = true
mon max pg per osd = 1000

[mon.a]
mon data = ${folder}/mon

[osd.0]
osd data = ${folder}/osd
osd objectstore = memstore
memstore device bytes = ${4 * 2 ** 30}
osd class load list = *
osd class default list = *

[${gatewayName}]
rgw frontends = beast endpoint=127.0.0.1:${port}
# The gateway insists on encryption, which needs the authentication that is switched off.
ms mon client mode = crc
`;
}
