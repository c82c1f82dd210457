import { ortFromHost } from '../../tools/ortNode.ts';
import { goldenWalkSuite } from '../model/goldenWalk.suite.ts';

goldenWalkSuite(ortFromHost);
